import { randomUUID } from 'node:crypto';
import { failureOf, type Logger, silentLogger } from '@synergos/contract';
import { createChanges } from '../changes.js';
import { QueueClosed } from '../errors.js';
import { createFollowing } from '../follow.js';
import type { Job, JobEvent, JobFilter, JobLeases, JobState, JobStore } from '../job.js';
import { jobIsOver } from '../job-over.js';
import { laneName, type Lane } from '../lane.js';
import { newJob } from '../new-job.js';
import type { AroundJob, JobHandler, JobQueue } from '../queue.js';
import { Archivist, type EndJob } from './archivist.js';
import type { Broker } from './broker.js';
import { JobTaker, type JobTakerOptions } from './job-taker.js';
import { encode } from './messages.js';
import { Reconciler } from './reconciler.js';

export interface RabbitmqQueueOptions {
  readonly broker: Broker;
  readonly store: JobStore & JobLeases;
  /** Which jobs wait together. Default: all. */
  readonly laneOf?: (kind: string, payload: Job['payload']) => Lane;
  /** Ends a job in the store; may keep more of its result in the same transaction. Default: the store's own `end`. */
  readonly end?: EndJob;
  /** For the jobs done in this process, if `start` is given handlers. */
  readonly taker?: Omit<JobTakerOptions, 'broker' | 'store' | 'around' | 'logger' | 'now'>;
  /** How long `cancel` waits for whoever does the job to let go. Default 20 s. */
  readonly cancelGraceMs?: number;
  /** Time between two looks for jobs without a ticket. Default 10 s. */
  readonly reconcileMs?: number;
  readonly around?: AroundJob;
  readonly logger?: Logger;
  readonly now?: () => Date;
  readonly newId?: () => string;
}

const LOOK_MS = 2000;
const HELD_LOOK_MS = 50;

/** Jobs done by any number of `JobTaker`s, wherever they are. This end puts them in, and archives what comes home. */
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
  readonly #changes = createChanges();
  readonly #following: Pick<JobQueue, 'wait' | 'events'>;
  readonly #archivist: Archivist;
  readonly #reconciler: Reconciler;
  readonly #forget: (() => void)[] = [];
  readonly #looking: NodeJS.Timeout;
  #taker: JobTaker | undefined;
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
      changes: this.#changes,
      isOver: jobIsOver,
      isClosed: () => this.#closed,
    });
    this.#archivist = new Archivist({
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
    this.#forget.push(broker.onNews('changed', ({ job }) => this.#changes.tell(job)));
    // News may be lost.
    this.#looking = setInterval(() => this.#changes.tellAll(), LOOK_MS);
    this.#looking.unref();
  }

  async submit(
    kind: string,
    payload: Readonly<Record<string, unknown>>,
    { after }: { readonly after?: string } = {},
  ): Promise<Job> {
    if (this.#closed) throw new QueueClosed();
    const { laneOf = () => ({ priority: 'train', scope: [] }) as const, newId = randomUUID } = this.#options;
    const lane = laneName(laneOf(kind, payload));
    const job = newJob({ id: newId(), kind, payload, after: after ?? null, lane, createdAt: this.#now() });
    await this.#store.insert(job);
    await this.#store.appendEvent(job.id, 'queued', { kind }, this.#now());
    this.#around(job, () => this.#logger.info({ job: job.id, kind, lane }, 'job submitted'));
    // From here on it is not lost; where its ticket cannot be published now, it will be.
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
      const change = this.#changes.next(id, AbortSignal.timeout(HELD_LOOK_MS));
      if ((await this.#store.heldForMs(id)) === 0) break;
      await change.happened;
      change.forget();
    }
    return job;
  }

  async start(handlers: Readonly<Record<string, JobHandler>>): Promise<void> {
    this.#archivist.start();
    this.#reconciler.start();
    if (Object.keys(handlers).length === 0) return;
    const { taker = { holder: `here/${process.pid}` } } = this.#options;
    const { now } = this.#options;
    this.#taker = new JobTaker({
      ...taker,
      broker: this.#broker,
      store: this.#store,
      around: this.#around,
      logger: this.#logger,
      ...(now === undefined ? {} : { now }),
    });
    this.#taker.start(handlers);
  }

  async close(): Promise<void> {
    await this.#taker?.close();
    this.#closed = true;
    clearInterval(this.#looking);
    for (const forget of this.#forget) forget();
    await this.#reconciler.close();
    await this.#archivist.close();
    await this.#publishing;
    this.#changes.tellAll();
  }

  /** One after another, in the order of submission. */
  #publish(job: Job): void {
    this.#publishing = this.#publishing.then(async () => {
      try {
        const queue = await this.#broker.laneQueue(job.lane);
        await this.#broker.publish(queue, encode({ type: 'job', job: job.id, kind: job.kind }));
        this.#broker.announce({ type: 'submitted' });
      } catch (error) {
        const { message } = failureOf(error);
        this.#around(job, () =>
          this.#logger.warn(
            { job: job.id, reason: message },
            'a job is kept, and published when RabbitMQ is back',
          ),
        );
      }
    });
  }

  async #ended(job: Job): Promise<void> {
    this.#logger.info({ job: job.id, kind: job.kind, state: job.state }, 'job ended');
    this.#changes.tell(job.id);
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
        this.#logger.warn({ job: job.id, err: error }, 'a job that waits for another is looked at later'),
      ),
    );
  }

  /** Jobs that come after one that is over now. */
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
