import { beforeEach, describe, expect, it } from 'vitest';
import { parsePath } from '../../../src/objects/path.ts';
import type { AsXmlLimits } from '../../../src/use-cases/objects/render-as-xml.ts';
import { renderAsXml } from '../../../src/use-cases/objects/render-as-xml.ts';
import { putObject } from '../../../src/use-cases/objects/write-object.ts';
import { parseXml } from '../../../src/xml/parse.ts';
import type { MemorySite } from '../../support/memory-site.ts';
import { openMemorySite } from '../../support/memory-site.ts';

let site: MemorySite;

beforeEach(() => {
  site = openMemorySite();
});

async function put(path: string, document?: string): Promise<string> {
  const content = document === undefined ? {} : { document };
  const { version } = await putObject(
    site,
    { name: 'anna' },
    { path: parsePath(path), createParents: true, ...content },
  );
  return version.gid;
}

async function asXml(path: string, limits?: AsXmlLimits): Promise<string> {
  let text = '';
  for await (const piece of await renderAsXml(site, parsePath(path), limits)) text += piece;
  parseXml(text);
  return text;
}

describe('asXML', () => {
  it('shows an object with gid and id, and what is below it', async () => {
    const a = await put('/a', '<object portal_type="Person"><title type="string">A &amp; B</title></object>');
    const b = await put('/a/b "1"', '<!-- note --><object id="own" xmlns:p="urn:p" p:k="1"/>');
    expect(await asXml('/a')).toBe(
      `<object gid="${a}" id="a" portal_type="Person"><title type="string">A &amp; B</title>\n` +
        `<!-- note --><object gid="${b}" id="b &quot;1&quot;" xmlns:p="urn:p" p:k="1"></object></object>\n`,
    );
  });

  it('shows the site itself', async () => {
    const a = await put('/a');
    expect(await asXml('/')).toBe(
      `<object id="cps" portal_type="Site">\n<object gid="${a}" id="a" portal_type="Folder"></object></object>\n`,
    );
  });

  it('gives a foreign document as it is, and wraps it where other objects are shown', async () => {
    const b = await put('/a/b', '<?x y?><p:system xmlns:p="urn:p"/>');
    expect(await asXml('/a/b')).toBe('<?x y?>\n<p:system xmlns:p="urn:p"></p:system>\n');
    expect(await asXml('/a')).toContain(
      `<object gid="${b}" id="b" portal_type="XML"><data type="xml"><?x y?>\n<p:system xmlns:p="urn:p"></p:system></data></object>`,
    );
    await put('/a/b/c', '<c/>');
    expect(await asXml('/a/b')).toMatch(/^<object .*<data type="xml"><\?x y\?>\n<p:system .*<c><\/c>/s);
  });

  it('ends at its limits and says so', async () => {
    for (const path of ['/a/b/c', '/a/d', '/a/e']) await put(path);
    expect(await asXml('/a', { maxDepth: 1 })).toContain(
      'id="b" portal_type="Folder">\n<!-- 1 objects below are not shown -->',
    );
    const cut = await asXml('/a', { maxObjects: 2 });
    expect(cut).toMatch(/id="c".*<!-- more objects are not shown --><\/object>\n$/s);
    expect(cut).not.toContain('id="d"');
  });

  it('is refused for an unknown path before anything is given', async () => {
    await expect(renderAsXml(site, ['no'])).rejects.toMatchObject({ code: 'CON-R002' });
  });
});
