const CENSORED = '[secret]';
const NAME = /(?:token|password|secret|authorization|cookie)$/i;

/**
 * Lines without any of these hold no secret: nearly all lines, which cost one look. Of each word (token, cookie, password,
 * secret, authorization, bearer, -----begin, syn_, ://) the piece that is found fastest: one with a rare letter first.
 * Matched against lower case, which is faster than ignoring case.
 */
const SUSPECT = /ken|kie|word|cret|zation|bearer|---|yn_|\/\//;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const AUTHORIZATION = /\b(authorization\W{1,4})(?:\w+ +)?[^\s"',;]+/gi;
const BEARER = /\bBearer +[^\s"',;]+/gi;
/** The tokens that a TTP makes. */
const TOKEN = /\bsyn_[a-z]_[\w-]{16,}/g;
/** `password=…`, as in a query or a command line. */
const ASSIGNED = /((?:token|password|secret)=)[^\s&"',;]+/gi;
/** The password of `scheme://user:password@host`. */
const IN_URL = /(:\/\/[^\s:@/"]*):[^\s@/"]+@/g;

/** Whether the line may hold a secret: then it is worth being parsed. */
export function isSuspect(line: string): boolean {
  return SUSPECT.test(line.toLowerCase());
}

/** Whether what lies under the name is a secret, whatever it is. */
export function namesSecret(name: string): boolean {
  return NAME.test(name);
}

/** Takes secrets out of a text. */
export function censorSecrets(text: string): string {
  if (!isSuspect(text)) return text;
  return text
    .replace(PRIVATE_KEY, CENSORED)
    .replace(AUTHORIZATION, `$1${CENSORED}`)
    .replace(BEARER, `Bearer ${CENSORED}`)
    .replace(TOKEN, CENSORED)
    .replace(ASSIGNED, `$1${CENSORED}`)
    .replace(IN_URL, `$1:${CENSORED}@`);
}

export const secretMark = CENSORED;
