import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, silentLogger } from '@synergos/contract';
import type { ChannelModel, ConfirmChannel, RecoveringChannelModel } from 'amqplib';
import { BrokerUnreachable } from '../errors.js';
import { decode, encode, kindOfNews, newsSchema, type News } from './messages.js';
import { declare, declareLane, ORIGIN_HEADER, REASON_HEADER, topologyOf, type Topology } from './topology.js';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  /** Default: guest, whom RabbitMQ lets in from its own machine only. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly vhost?: string | undefined;
  /** TLS (amqps). */
  readonly secure?: boolean | undefined;
  /** PEM file of the certificate authority, where the system does not know it. */
  readonly caFile?: string | undefined;
}

export interface BrokerOptions {
  readonly address: BrokerAddress;
  /** What all names on the broker begin with. */
  readonly namespace: string;
  readonly logger?: Logger;
  /** Longest pause before a broken connection is tried again. Default 5 s. */
  readonly longestPauseMs?: number;
  /** How long a publication may take. Default 10 s. */
  readonly confirmWithinMs?: number;
}

const HEARTBEAT_S = 10;
const CONNECT_WITHIN_MS = 10_000;
const REOPEN_PAUSE_MS = 200;
/** Results are archived one after another; more need not be on their way. */
const PREFETCH = 20;

type UpListener = (channel: ConfirmChannel) => void | Promise<void>;

/** A connection to RabbitMQ that comes back by itself, with one channel and what all processes rely on declared. */
export class Broker {
  readonly topology: Topology;
  readonly #logger: Logger;
  readonly #where: string;
  readonly #confirmWithinMs: number;
  readonly #upListeners = new Set<UpListener>();
  readonly #newsListeners = new Map<string, Set<(news: News) => void>>();
  readonly #lanes = new Set<string>();
  #connection: RecoveringChannelModel | undefined;
  #channel: ConfirmChannel | undefined;
  #newsQueue = '';
  #lastFailure = '';
  #closed = false;

  private constructor({
    address,
    namespace,
    logger = silentLogger,
    confirmWithinMs = 10_000,
  }: BrokerOptions) {
    this.topology = topologyOf(namespace);
    this.#logger = logger;
    this.#where = `${address.host}:${address.port}`;
    this.#confirmWithinMs = confirmWithinMs;
  }

  /** Begins to connect, and does so for ever: a broker that is down is waited for. */
  static async open(options: BrokerOptions): Promise<Broker> {
    const { address, longestPauseMs = 5000 } = options;
    const broker = new Broker(options);
    // Loaded by those who use it: a basic TTP has no broker.
    const { connect } = await import('amqplib');
    const { caFile, host, port, user = 'guest', password = 'guest', vhost = '/', secure = false } = address;
    broker.#connection = await connect(
      {
        protocol: secure ? 'amqps' : 'amqp',
        hostname: host,
        port,
        username: user,
        password,
        vhost,
        heartbeat: HEARTBEAT_S,
      },
      {
        // Else each publication waits 40 ms for the acknowledgement of the one before.
        noDelay: true,
        timeout: CONNECT_WITHIN_MS,
        ...(caFile === undefined ? {} : { ca: await readFile(caFile) }),
        // TLS knows names only; an address is compared with the certificate all the same.
        ...(secure && isIP(host) === 0 ? { servername: host } : {}),
        recovery: {
          waitForConnect: false,
          maxDelay: longestPauseMs,
          setup: (model: ChannelModel) => broker.#openChannel(model),
        },
      },
    );
    broker.#connection.on('connect-failed', (error) => broker.#told(error));
    broker.#connection.on('disconnect', (error) => {
      broker.#channel = undefined;
      if (!broker.#closed) broker.#told(error);
    });
    broker.#connection.on('error', (error) => broker.#told(error));
    return broker;
  }

  /** Undefined while there is no connection. */
  get channel(): ConfirmChannel | undefined {
    return this.#channel;
  }

  /** Called with every new channel, and with the one that is open. */
  onUp(listener: UpListener): () => void {
    this.#upListeners.add(listener);
    if (this.#channel !== undefined) this.#call(listener, this.#channel);
    return () => this.#upListeners.delete(listener);
  }

  onNews<Type extends Exclude<News['type'], 'told'>>(
    type: Type,
    listener: (news: Extract<News, { readonly type: Type }>) => void,
  ): () => void {
    return this.#listen(kindOfNews({ type }), (news) => listener(news as never));
  }

  /** What an application tells of a topic. */
  onTold(topic: string, listener: (data: unknown) => void): () => void {
    return this.#listen(
      kindOfNews({ type: 'told', topic }),
      (news) => news.type === 'told' && listener(news.data),
    );
  }

  /** Resolves when the broker has the message on disk; rejects with `BrokerUnreachable` where that is not sure. */
  async publish(
    queue: string,
    content: Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const channel = this.#channel;
    if (channel === undefined) throw new BrokerUnreachable(this.#where, 'there is no connection');
    await new Promise<void>((resolve, reject) => {
      const gone = (reason: string) => reject(new BrokerUnreachable(this.#where, reason));
      const timer = setTimeout(() => gone('no confirmation came'), this.#confirmWithinMs);
      const broken = () => gone('the connection broke before the confirmation');
      channel.once('close', broken);
      const options = { persistent: true, contentType: 'application/json', headers };
      try {
        channel.sendToQueue(queue, content, options, (error: unknown) => {
          clearTimeout(timer);
          channel.off('close', broken);
          if (error == null) resolve();
          else gone('the message was refused');
        });
      } catch (error) {
        clearTimeout(timer);
        channel.off('close', broken);
        gone((error as Error).message);
      }
    });
  }

  /** Tells those who listen now; whether anybody hears it is not known. */
  announce(news: Parameters<typeof encode>[0] & { readonly type: News['type'] }): void {
    try {
      this.#channel?.publish(this.topology.news, kindOfNews(news), encode(news));
    } catch {
      // The channel is closing: news are not worth more.
    }
  }

  /** Puts a message away with the reason, where people find it. */
  async bury(content: Buffer, origin: string, reason: string): Promise<void> {
    await this.publish(this.topology.deadLetters, content, {
      [REASON_HEADER]: reason.slice(0, 1000),
      [ORIGIN_HEADER]: origin,
    });
    this.#logger.error({ queue: origin, reason }, 'a message went to the dead letters');
  }

  /** Name of a lane's queue, which is there then. */
  async laneQueue(lane: string): Promise<string> {
    const queue = this.topology.laneQueue(lane);
    const channel = this.#channel;
    if (channel === undefined) throw new BrokerUnreachable(this.#where, 'there is no connection');
    if (!this.#lanes.has(lane)) {
      await declareLane(channel, queue);
      this.#lanes.add(lane);
    }
    return queue;
  }

  /** Removes a lane's queue with the tickets in it. */
  async removeLane(lane: string): Promise<void> {
    this.#lanes.delete(lane);
    await this.#channel?.deleteQueue(this.topology.laneQueue(lane));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#channel = undefined;
    await Promise.race([
      this.#connection?.close().catch(() => undefined),
      delay(2000, undefined, { ref: false }),
    ]);
  }

  async #openChannel(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel();
    let isOver = false;
    channel.on('error', (error) => this.#told(error));
    channel.on('close', () => {
      isOver = true;
      if (this.#channel === channel) this.#channel = undefined;
      // The connection may well live on: RabbitMQ closes a channel whose message is held for very long.
      if (!this.#closed && this.#connection !== undefined)
        setTimeout(() => this.#reopen(model), REOPEN_PAUSE_MS).unref();
    });
    await channel.prefetch(PREFETCH);
    await declare(channel, this.topology);
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
    await channel.consume(queue, (message) => message && this.#hear(message.content), { noAck: true });
    // The last thing waited for: a kind that is listened to from now on is bound by who listens.
    for (const kind of this.#newsListeners.keys()) await channel.bindQueue(queue, this.topology.news, kind);
    if (isOver) throw new BrokerUnreachable(this.#where, 'the channel closed at once');
    this.#lanes.clear();
    this.#newsQueue = queue;
    this.#channel = channel;
    this.#lastFailure = '';
    this.#logger.info({ broker: this.#where }, 'connected to RabbitMQ');
    for (const listener of this.#upListeners) this.#call(listener, channel);
  }

  #reopen(model: ChannelModel): void {
    if (this.#closed || this.#channel !== undefined) return;
    // Where the connection is gone too, its own recovery opens the channel.
    this.#openChannel(model).catch((error: unknown) => this.#told(error));
  }

  /** Of a kind that nobody here listens to, no news come here. */
  #listen(kind: string, listener: (news: News) => void): () => void {
    const those = this.#newsListeners.get(kind) ?? new Set();
    this.#newsListeners.set(kind, those.add(listener));
    if (those.size === 1)
      this.#channel
        ?.bindQueue(this.#newsQueue, this.topology.news, kind)
        .catch((error: unknown) => this.#told(error));
    return () => those.delete(listener);
  }

  #call(listener: UpListener, channel: ConfirmChannel): void {
    Promise.resolve(listener(channel)).catch((error: unknown) => this.#told(error));
  }

  #hear(content: Buffer): void {
    const news = decode(newsSchema, content);
    if (news.ok)
      for (const listener of this.#newsListeners.get(kindOfNews(news.message)) ?? []) listener(news.message);
    else this.#logger.debug({ reason: news.reason }, 'news that cannot be understood');
  }

  /** The same failure, time after time, is one line. */
  #told(error: unknown): void {
    const reason = error instanceof Error ? `${error.message}${remedyOf(error)}` : String(error);
    if (reason === this.#lastFailure) return;
    this.#lastFailure = reason;
    this.#logger.warn({ broker: this.#where, reason }, 'RabbitMQ is not reached; trying again');
  }
}

const CERTIFICATE = /^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_)/;

/** Nothing was sent: a broker whose certificate is not trusted may be anyone. */
function remedyOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (CERTIFICATE.test(code))
    return '. Its certificate is not trusted: check --queue, and give the PEM of who signed it with --queue-ca';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO')
    return '. It does not speak TLS there: check the port of --queue (5671 is usual), or leave --queue-secure away';
  return '';
}
