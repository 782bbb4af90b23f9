import type { Request } from 'express';
import { RequestError } from '../../errors/concord-error.ts';
import type { Answer } from '../answer.ts';
import { emptyAnswer } from '../answer.ts';
import type { Skin } from './skin.ts';

/** A file of the skin, for everybody: there is nothing of anybody in it. With its mark in the address it may be kept for ever. @throws RequestError CON-W001 */
export function answerAsset(skin: Skin, request: Request, name = ''): Answer {
  const asset = skin.asset(name);
  if (asset === undefined) throw new RequestError('CON-W001', `There is nothing at /static/${name}`);
  const tag = `"${asset.mark}"`;
  const isNamed = request.originalUrl.endsWith(`?v=${asset.mark}`);
  const headers = { ETag: tag, 'Cache-Control': isNamed ? 'public, max-age=31536000, immutable' : 'public, no-cache' };
  if (request.headers['if-none-match'] === tag) return emptyAnswer(304, headers);
  return { status: 200, type: asset.type, body: asset.octets, headers };
}

/** The address of a file of the skin, which changes with its content. */
export function assetHref(skin: Skin, name: string): string {
  const mark = skin.asset(name)?.mark;
  return `/static/${name}${mark === undefined ? '' : `?v=${mark}`}`;
}
