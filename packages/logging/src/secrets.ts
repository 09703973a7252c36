const NAMES = ['token', 'password', 'secret', 'authorization', 'cookie'] as const;
const DEPTH = 4;
const CENSORED = '[secret]';

/** For pino: whatever lies under the name of a secret, down to a few levels. */
export const redaction = {
  paths: Array.from({ length: DEPTH }, (_, depth) => '*.'.repeat(depth)).flatMap((prefix) =>
    NAMES.map((name) => `${prefix}${name}`),
  ),
  censor: CENSORED,
};

/** A text under a name that ends like one of a secret, at any depth, in any case: `"accessToken":"…"`. */
const NAMED = new RegExp(`("[^"\\\\]*(?:${NAMES.join('|')})"):"(?:[^"\\\\]|\\\\.)*"`, 'gi');
const BEARER = /\bBearer +[^\s"\\,;]+/gi;
/** The tokens that a TTP makes. */
const TOKEN = /\bsyn_[a-z]_[\w-]{16,}/g;
/** The password of `scheme://user:password@host`. */
const IN_URL = /(:\/\/[^\s:@/"\\]*):[^\s@/"\\]+@/g;

/** Takes secrets out of a written line, wherever they stand in messages, stacks and fields. */
export function censorLine(line: string): string {
  return line
    .replace(NAMED, `$1:"${CENSORED}"`)
    .replace(BEARER, `Bearer ${CENSORED}`)
    .replace(TOKEN, CENSORED)
    .replace(IN_URL, `$1:${CENSORED}@`);
}
