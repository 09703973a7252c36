import { LruMap } from '@synergos/contract';

/** Number of runs that may be in progress at the same time. */
const MOST_SESSIONS = 4;

interface Session {
  readonly round: number;
  readonly entries: Map<string, unknown>;
}

/** Memory that the answers of one round share: the newest round of each of the last few runs. */
export class ExchangeSessions {
  readonly #runs = new LruMap<string, Session>(MOST_SESSIONS);

  of(run: string, round: number): Map<string, unknown> {
    const known = this.#runs.get(run);
    const session = known?.round === round ? known : { round, entries: new Map<string, unknown>() };
    this.#runs.set(run, session);
    return session.entries;
  }
}
