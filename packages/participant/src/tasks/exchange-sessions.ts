/** Number of runs that may be in progress at the same time. */
const MOST_SESSIONS = 4;

/** Memory that the answers of one round share: the newest round of each of the last few runs. */
export class ExchangeSessions {
  readonly #runs = new Map<string, { readonly round: number; readonly entries: Map<string, unknown> }>();

  of(run: string, round: number): Map<string, unknown> {
    const known = this.#runs.get(run);
    const session = known?.round === round ? known : { round, entries: new Map<string, unknown>() };
    this.#runs.delete(run);
    this.#runs.set(run, session);
    for (const oldest of [...this.#runs.keys()].slice(0, -MOST_SESSIONS)) this.#runs.delete(oldest);
    return session.entries;
  }
}
