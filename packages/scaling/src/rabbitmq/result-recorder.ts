import { setTimeout as delay } from 'node:timers/promises';
import { failureOf, type Logger } from '@synergos/contract';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { Job, JobEnd } from '../job.js';
import type { AroundJob } from '../queue.js';
import type { Broker } from './broker.js';
import { decode, resultSchema, type Result } from './messages.js';

/** Ends a job; resolves with `undefined` if the fence is not the newest or the job is over. */
export type EndJob = (
  id: string,
  end: JobEnd,
  how: { readonly fence: number; readonly at: string },
) => Promise<Job | undefined>;

export interface ResultRecorderOptions {
  readonly broker: Broker;
  readonly end: EndJob;
  readonly read: (id: string) => Promise<Job | undefined>;
  readonly onEnded: (job: Job) => Promise<void>;
  readonly around: AroundJob;
  readonly logger: Logger;
}

const RETRY_MS = 1000;

/** Records results in the store, one after another, each once. A result is acknowledged when it is in the store. */
export class ResultRecorder {
  readonly #options: ResultRecorderOptions;
  readonly #closing = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #forget = () => {};
  #consumer: { readonly channel: ConfirmChannel; readonly consumerTag: string } | undefined;

  constructor(options: ResultRecorderOptions) {
    this.#options = options;
  }

  start(): void {
    const { broker } = this.#options;
    this.#forget = broker.onUp(async (channel) => {
      const { consumerTag } = await channel.consume(broker.topology.results, (message) => {
        if (message !== null) this.#work = this.#work.then(() => this.#record(message, channel));
      });
      this.#consumer = { channel, consumerTag };
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#forget();
    const { channel, consumerTag } = this.#consumer ?? {};
    if (channel !== undefined && channel === this.#options.broker.channel)
      await channel.cancel(consumerTag ?? '').catch(() => undefined);
    await this.#work;
  }

  async #record(message: ConsumeMessage, channel: ConfirmChannel): Promise<void> {
    const { broker, logger } = this.#options;
    const result = decode(resultSchema, message.content);
    const job = result.ok ? result.message.job : undefined;
    // The broker delivers the messages of a closed channel again.
    while (channel === broker.channel && !this.#closing.signal.aborted) {
      try {
        if (result.ok) await this.#store(result.message);
        else await broker.deadLetter(message.content, broker.topology.results, result.reason);
        if (channel === broker.channel) channel.ack(message);
        return;
      } catch (error) {
        const { code, message: reason } = failureOf(error);
        logger.error({ job, code, reason }, 'could not record a result; retrying');
        await delay(RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
    if (channel === broker.channel) channel.nack(message, false, true);
  }

  async #store({ job: id, holder, fence, finishedAt: at, end }: Result): Promise<void> {
    const { end: endJob, read, onEnded, around, logger } = this.#options;
    const job = await endJob(id, end, { fence, at });
    if (job !== undefined) return around(job, () => onEnded(job));
    const known = await read(id);
    const warn = (why: string) =>
      logger.warn({ job: id, holder, fence, why }, 'dropped a result that is late or a duplicate');
    if (known === undefined) warn('unknown');
    else around(known, () => warn(`${known.state}, by ${known.holder ?? 'no holder'}`));
  }
}
