import { randomUUID } from 'node:crypto';
import { failureOf, type Logger, silentLogger } from '@synergos/contract';
import { createNotifier } from '../notifier.js';
import { QueueClosed } from '../errors.js';
import { createFollowing } from '../following.js';
import type { Job, JobEvent, JobFilter, JobLeases, JobState, JobStore } from '../job.js';
import { jobIsOver } from '../job-over.js';
import { jobQueueName, type JobQueueKey } from '../job-queue-name.js';
import { newJob } from '../new-job.js';
import type { AroundJob, JobHandler, JobQueue } from '../queue.js';
import { ResultRecorder, type EndJob } from './result-recorder.js';
import type { Broker } from './broker.js';
import { JobConsumer, type JobConsumerOptions } from './job-consumer.js';
import { encode } from './messages.js';
import { Reconciler } from './reconciler.js';

export interface RabbitmqQueueOptions {
  readonly broker: Broker;
  readonly store: JobStore & JobLeases;
  /** The queue on the broker that a job waits in. Default: one queue for all jobs. */
  readonly queueOf?: (kind: string, payload: Job['payload']) => JobQueueKey;
  /** Ends a job in the store; may store more of its result in the same transaction. Default: the store's own `end`. */
  readonly end?: EndJob;
  /** Options of this process's consumer, which runs jobs if `start` gets handlers. */
  readonly consumer?: Omit<JobConsumerOptions, 'broker' | 'store' | 'around' | 'logger' | 'now'>;
  /** How long `cancel` waits for the lease holder to release the job. Default 20 s. */
  readonly cancelGraceMs?: number;
  /** Time between two checks for jobs without a message. Default 10 s. */
  readonly reconcileMs?: number;
  readonly around?: AroundJob;
  readonly logger?: Logger;
  readonly now?: () => Date;
  readonly newId?: () => string;
}

const LOOK_MS = 2000;
const HELD_LOOK_MS = 50;

/** Submits jobs for any number of `JobConsumer`s in other processes, and records their results. */
export function createRabbitmqQueue(options: RabbitmqQueueOptions): JobQueue {
  return new RabbitmqQueue(options);
}

class RabbitmqQueue implements JobQueue {
  readonly #options: RabbitmqQueueOptions;
  readonly #broker: Broker;
  readonly #store: JobStore & JobLeases;
  readonly #around: AroundJob;
  readonly #logger: Logger;
  readonly #now: () => string;
  readonly #notifier = createNotifier();
  readonly #following: Pick<JobQueue, 'wait' | 'events'>;
  readonly #recorder: ResultRecorder;
  readonly #reconciler: Reconciler;
  readonly #forget: (() => void)[] = [];
  readonly #looking: NodeJS.Timeout;
  #consumer: JobConsumer | undefined;
  #publishing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: RabbitmqQueueOptions) {
    const { broker, store, logger = silentLogger, now = () => new Date() } = options;
    this.#options = options;
    this.#broker = broker;
    this.#store = store;
    this.#around = options.around ?? ((_job, work) => work());
    this.#logger = logger;
    this.#now = () => now().toISOString();
    this.#following = createFollowing({
      store,
      notifier: this.#notifier,
      isOver: jobIsOver,
      isClosed: () => this.#closed,
    });
    this.#recorder = new ResultRecorder({
      broker,
      logger,
      end: options.end ?? ((id, end, how) => store.end(id, end, how)),
      onEnded: (job) => this.#ended(job),
      read: (id) => store.get(id),
      around: this.#around,
    });
    this.#reconciler = new Reconciler({
      broker,
      store,
      logger,
      publish: (job) => this.#publish(job),
      cancel: (id) => this.cancel(id),
      everyMs: options.reconcileMs ?? 10_000,
    });
    this.#forget.push(broker.onNotification('changed', ({ job }) => this.#notifier.notify(job)));
    // Notifications may be lost.
    this.#looking = setInterval(() => this.#notifier.notifyAll(), LOOK_MS);
    this.#looking.unref();
  }

  async submit(
    kind: string,
    payload: Readonly<Record<string, unknown>>,
    { after }: { readonly after?: string } = {},
  ): Promise<Job> {
    if (this.#closed) throw new QueueClosed();
    const { queueOf = () => ({ priority: 'train', scope: [] }) as const, newId = randomUUID } = this.#options;
    const lane = jobQueueName(queueOf(kind, payload));
    const job = newJob({ id: newId(), kind, payload, after: after ?? null, lane, createdAt: this.#now() });
    await this.#store.insert(job);
    await this.#store.appendEvent(job.id, 'queued', { kind }, this.#now());
    this.#around(job, () => this.#logger.info({ job: job.id, kind, lane }, 'job submitted'));
    // The job is stored: if its message cannot be published now, the reconciler publishes it later.
    if (after === undefined) this.#publish(job);
    else this.#follow(job, after);
    return job;
  }

  get(id: string): Promise<Job | undefined> {
    return this.#store.get(id);
  }

  list(filter?: JobFilter): Promise<readonly Job[]> {
    return this.#store.list(filter);
  }

  counts(): Promise<Readonly<Record<JobState, number>>> {
    return this.#store.counts();
  }

  wait(id: string, options?: { readonly signal?: AbortSignal }): Promise<Job> {
    return this.#following.wait(id, options);
  }

  events(
    id: string,
    options?: { readonly after?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<JobEvent> {
    return this.#following.events(id, options);
  }

  async cancel(id: string): Promise<Job | undefined> {
    const job = await this.#store.end(id, { state: 'cancelled' }, { at: this.#now() });
    if (job === undefined) return this.#store.get(id);
    this.#broker.announce({ type: 'cancelled', job: id });
    await this.#around(job, () => this.#ended(job));
    const graceMs = this.#options.cancelGraceMs ?? 20_000;
    for (const end = performance.now() + graceMs; performance.now() < end && !this.#closed;) {
      const change = this.#notifier.next(id, AbortSignal.timeout(HELD_LOOK_MS));
      if ((await this.#store.heldForMs(id)) === 0) break;
      await change.happened;
      change.forget();
    }
    return job;
  }

  async start(handlers: Readonly<Record<string, JobHandler>>): Promise<void> {
    this.#recorder.start();
    this.#reconciler.start();
    if (Object.keys(handlers).length === 0) return;
    const { consumer = { holder: `here/${process.pid}` } } = this.#options;
    const { now } = this.#options;
    this.#consumer = new JobConsumer({
      ...consumer,
      broker: this.#broker,
      store: this.#store,
      around: this.#around,
      logger: this.#logger,
      ...(now === undefined ? {} : { now }),
    });
    this.#consumer.start(handlers);
  }

  async close(): Promise<void> {
    await this.#consumer?.close();
    this.#closed = true;
    clearInterval(this.#looking);
    for (const forget of this.#forget) forget();
    await this.#reconciler.close();
    await this.#recorder.close();
    await this.#publishing;
    this.#notifier.notifyAll();
  }

  /** Publishes one after another, in the order of submission. */
  #publish(job: Job): void {
    this.#publishing = this.#publishing.then(async () => {
      try {
        const queue = await this.#broker.jobQueue(job.lane);
        await this.#broker.publish(queue, encode({ type: 'job', job: job.id, kind: job.kind }));
        this.#broker.announce({ type: 'submitted' });
      } catch (error) {
        const { message } = failureOf(error);
        this.#around(job, () =>
          this.#logger.warn(
            { job: job.id, reason: message },
            'could not publish a job; it is published when RabbitMQ is back',
          ),
        );
      }
    });
  }

  async #ended(job: Job): Promise<void> {
    this.#logger.info({ job: job.id, kind: job.kind, state: job.state }, 'job ended');
    this.#notifier.notify(job.id);
    await this.#releaseFollowers(job);
  }

  #follow(job: Job, after: string): void {
    const late = async () => {
      const first = await this.#store.get(after);
      if (first === undefined || jobIsOver(first))
        await this.#releaseFollowers({ id: after, state: first?.state });
    };
    late().catch((error: unknown) =>
      this.#around(job, () =>
        this.#logger.warn(
          { job: job.id, err: error },
          'could not check the job that another one waits for; checking later',
        ),
      ),
    );
  }

  /** Publishes or cancels the jobs that wait for one that is over. */
  async #releaseFollowers({
    id,
    state,
  }: {
    readonly id: string;
    readonly state: Job['state'] | undefined;
  }): Promise<void> {
    for (const follower of await this.#store.followers(id)) {
      if (state === 'completed') this.#publish(follower);
      else await this.cancel(follower.id);
    }
  }
}
