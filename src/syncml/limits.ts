/** What a message may ask of its reader. Each limit is checked while reading, so that a message over it costs no more than one at it. */
export interface MessageLimits {
  /** The whole text in UTF-8. */
  readonly maxOctets: number;
  /** Commands and items together, at all levels. */
  readonly maxCommands: number;
  /** Elements of SyncML itself (those inside of Data are bounded by `maxOctets` and `maxDepth`). */
  readonly maxElements: number;
  /** Nesting of elements, with those inside of Data. */
  readonly maxDepth: number;
  /** Attributes of one element. */
  readonly maxAttributes: number;
  /** EMI tokens of one Meta. */
  readonly maxEmiTokens: number;
  /** Characters of an address, a name or a single EMI token. */
  readonly maxNameLength: number;
}

/** Limits that every message between Concord sites, and every one seen from foreign peers, is far below. */
export const defaultMessageLimits: MessageLimits = {
  maxOctets: 16 * 1024 * 1024,
  maxCommands: 100_000,
  maxElements: 500_000,
  maxDepth: 256,
  maxAttributes: 256,
  maxEmiTokens: 64,
  maxNameLength: 8192,
};

/** The limits for those who have agreed on messages of that size: a long list of short objects has more commands and elements than the usual message may have. */
export function messageLimitsFor(maxOctets: number): MessageLimits {
  const { maxCommands, maxElements } = defaultMessageLimits;
  return {
    ...defaultMessageLimits,
    maxOctets,
    maxCommands: Math.max(maxCommands, Math.ceil(maxOctets / 100)),
    maxElements: Math.max(maxElements, Math.ceil(maxOctets / 20)),
  };
}
