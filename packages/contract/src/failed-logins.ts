import { RateLimiterMemory } from 'rate-limiter-flexible';
import { addressGroup } from './addresses.js';

const MOST_FAILURES = 20;
const MOST_LINES = 5;
const WINDOW_SECONDS = 60;

/** Counts wrong tokens of each address, and logs the first ones of every minute. A valid token never counts. */
export class FailedLogins {
  readonly #log: (fields: object, message: string) => void;
  readonly #failures = new RateLimiterMemory({ points: MOST_FAILURES, duration: WINDOW_SECONDS });

  constructor(log: (fields: object, message: string) => void) {
    this.#log = log;
  }

  /** Counts a failure. Returns how many seconds the address has to wait if it has failed too often. */
  async add(address: string | undefined, reason: string, fields: object = {}): Promise<number | undefined> {
    const { consumedPoints, msBeforeNext } = await this.#failures.penalty(addressGroup(address));
    const seconds = Math.ceil(msBeforeNext / 1000);
    if (consumedPoints <= MOST_LINES) this.#log({ ...fields, address, reason }, 'a login failed');
    else if (consumedPoints === MOST_FAILURES + 1)
      this.#log(
        { address, seconds },
        `more than ${MOST_FAILURES} logins failed; further ones are not logged`,
      );
    return consumedPoints > MOST_FAILURES ? seconds : undefined;
  }
}
