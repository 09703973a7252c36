import { createHmac, randomBytes } from 'node:crypto';

export type IdentityKind = 'participant' | 'host' | 'path' | 'text';

/** State that the threads of a process share to censor alike. */
export interface IdentitiesSettings {
  /** Of this process alone: pseudonyms of one start say nothing about another. */
  readonly key: string;
  readonly known: readonly (readonly [IdentityKind, string])[];
}

const PARTICIPANT_FIELD = /^participants?(?:_?id)?$/i;
/** An id that a caller gave and did not prove: any text can stand there. */
const CLAIM_FIELD = /^claimed_?participant$/i;
const PATH_FIELD = /(?:path|file|folder|dir|directory)s?$/i;
const HOST_FIELD = /(?:^|_)(?:host|hostname|address|server|url|ttp)$|(?:Host|Address|Url|URL)$/;
const PORT_FIELD = /(?:^|_)ports?$|Ports?$/;

const URL_TEXT = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi;
const PATH_TEXT = /(?:\b[A-Za-z]:)?[^\s"'`()<>,;:=[\]{}/\\]*[/\\][^\s"'`()<>,;[\]{}]*/g;
const ADDRESS_TEXT =
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|(?:\b[0-9a-f]{1,4})?(?::{1,2}[0-9a-f]{1,4}){2,7}\b|::1\b/gi;
const HOST_TEXT =
  /\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d{1,5})?\b|\blocalhost(?::\d{1,5})?\b/gi;
const PORT_TEXT = /\b(ports? )\d{1,5}\b/gi;
/** A known host after its replacement, still with its port. */
const MARKED_PORT = /(\[host\]\]?):\d{1,5}\b/g;
/** A text without any of these has none of the above: most texts, which cost one look. */
const TELLING = /[/\\.:]|localhost|port/i;
/** A line of a stack: its function's name has dots, and is no host. */
const FRAME = /^\s+at /;
/** What may be an identifier within a text: a run of what does not separate words. */
const WORD = /[^\s"'`,;:()[\]{}<>=/\\]+/g;
const SEPARATED = /[\s"'`,;:()[\]{}<>=/\\]/;

const MARKS = { host: '[host]', path: '[path]', text: '[censored]' } as const;

/**
 * Replaces participants, hosts, ports, paths and listed texts in logs for third parties. A participant keeps one
 * pseudonym while the process runs, so its records can be correlated. All other values are replaced by their kind.
 */
export class Identities {
  readonly #key: string;
  readonly #marks = new Map<string, string>();
  readonly #kinds = new Map<string, IdentityKind>();
  /** The identifiers that hold separators, longest first; the others are looked up word by word. */
  #separated: RegExp | undefined;

  constructor({ key, known }: IdentitiesSettings = { key: randomBytes(16).toString('hex'), known: [] }) {
    this.#key = key;
    for (const [kind, text] of known) this.conceal(kind, text);
  }

  /** For the logger of another thread. */
  settings(): IdentitiesSettings {
    return { key: this.#key, known: [...this.#kinds].map(([text, kind]) => [kind, text]) };
  }

  /** From now on the text is replaced wherever it stands as a word. */
  conceal(kind: IdentityKind, text: string): void {
    if (text === '' || this.#marks.has(text)) return;
    this.#kinds.set(text, kind);
    this.#marks.set(text, kind === 'participant' ? this.#pseudonym(text) : MARKS[kind]);
    if (!SEPARATED.test(text)) return;
    const longest = [...this.#marks.keys()]
      .filter((known) => SEPARATED.test(known))
      .sort((a, b) => b.length - a.length);
    const either = longest.map((known) => known.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')).join('|');
    this.#separated = new RegExp(`(?<![\\p{L}\\p{N}])(?:${either})(?![\\p{L}\\p{N}])`, 'gu');
  }

  /**
   * Adds every id in a field for participants: it is replaced in this record's message and in all later records. Ids of
   * callers that did not authenticate belong in a field `claimedParticipant`, from which nothing is learned.
   */
  learnFrom(record: unknown): void {
    if (typeof record !== 'object' || record === null) return;
    for (const [name, value] of Object.entries(record))
      if (PARTICIPANT_FIELD.test(name)) {
        for (const item of Array.isArray(value) ? value : [value])
          if (typeof item === 'string') this.conceal('participant', item);
      } else this.learnFrom(value);
  }

  /** Censors a field's text by the field's name and by its content. */
  censorField(name: string, text: string): string {
    const mark = this.#marks.get(text);
    if (mark !== undefined || name === 'node') return mark ?? text;
    if (CLAIM_FIELD.test(name)) return this.#pseudonym(text);
    if (PATH_FIELD.test(name)) return MARKS.path;
    if (HOST_FIELD.test(name)) return MARKS.host;
    return this.censorText(text);
  }

  /** Whether a number in a field of this name is a port. */
  hidesNumber(name: string): boolean {
    return PORT_FIELD.test(name);
  }

  /** What stands for a field's name that is an identifier itself. */
  nameOf(name: string): string | undefined {
    return this.#marks.get(name);
  }

  censorText(text: string): string {
    const known = (
      this.#separated === undefined ? text : text.replace(this.#separated, (found) => this.#mark(found))
    ).replace(WORD, (word) => this.#mark(word));
    if (!TELLING.test(known)) return known;
    return known
      .replace(URL_TEXT, '[url]')
      .split('\n')
      .map((line) =>
        FRAME.test(line)
          ? line.replace(PATH_TEXT, MARKS.path)
          : line
              .replace(PATH_TEXT, MARKS.path)
              .replace(ADDRESS_TEXT, MARKS.host)
              .replace(HOST_TEXT, MARKS.host)
              .replace(MARKED_PORT, '$1')
              .replace(PORT_TEXT, '$1[port]'),
      )
      .join('\n');
  }

  /** A word may end a sentence, or be part of a time or an address: `hospital-1.` */
  #mark(word: string): string {
    const mark = this.#marks.get(word);
    if (mark !== undefined) return mark;
    const bare = word.replace(/[.!?]+$/, '');
    return (this.#marks.get(bare) ?? bare) + word.slice(bare.length);
  }

  #pseudonym(participant: string): string {
    return `participant-${createHmac('sha256', this.#key).update(participant).digest('hex').slice(0, 8)}`;
  }
}
