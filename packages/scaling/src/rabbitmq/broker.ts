import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, silentLogger } from '@synergos/contract';
import type { ChannelModel, ConfirmChannel, RecoveringChannelModel } from 'amqplib';
import { BrokerUnreachable } from '../errors.js';
import { decode, encode, notificationKind, notificationSchema, type Notification } from './messages.js';
import {
  declare,
  declareJobQueue,
  ORIGIN_HEADER,
  REASON_HEADER,
  topologyOf,
  type Topology,
} from './topology.js';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  /** Default: guest, which RabbitMQ accepts from its own machine only. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly vhost?: string | undefined;
  /** TLS (amqps). */
  readonly secure?: boolean | undefined;
  /** PEM file of the certificate authority, if the system does not know it. */
  readonly caFile?: string | undefined;
}

export interface BrokerOptions {
  readonly address: BrokerAddress;
  /** Prefix of all names on the broker. */
  readonly namespace: string;
  readonly logger?: Logger;
  /** Longest pause between two attempts to connect. Default 5 s. */
  readonly longestPauseMs?: number;
  /** Time limit of a publication. Default 10 s. */
  readonly confirmWithinMs?: number;
}

const HEARTBEAT_S = 10;
const CONNECT_WITHIN_MS = 10_000;
const REOPEN_PAUSE_MS = 200;
/** Results are recorded one after another: more need not be prefetched. */
const PREFETCH = 20;

type UpListener = (channel: ConfirmChannel) => void | Promise<void>;

/** Connects to RabbitMQ, reconnects, and declares the queues that all processes use. Has one channel. */
export class Broker {
  readonly topology: Topology;
  readonly #logger: Logger;
  readonly #where: string;
  readonly #confirmWithinMs: number;
  readonly #upListeners = new Set<UpListener>();
  readonly #listeners = new Map<string, Set<(notification: Notification) => void>>();
  readonly #declared = new Set<string>();
  #connection: RecoveringChannelModel | undefined;
  #channel: ConfirmChannel | undefined;
  #notificationQueue = '';
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

  /** Starts to connect, and retries for as long as it is open. */
  static async open(options: BrokerOptions): Promise<Broker> {
    const { address, longestPauseMs = 5000 } = options;
    const broker = new Broker(options);
    // Loaded when it is used: a basic TTP has no broker.
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
        // Otherwise each publication waits 40 ms for the acknowledgement of the one before.
        noDelay: true,
        timeout: CONNECT_WITHIN_MS,
        ...(caFile === undefined ? {} : { ca: await readFile(caFile) }),
        // SNI takes names only; an address is compared with the certificate nevertheless.
        ...(secure && isIP(host) === 0 ? { servername: host } : {}),
        recovery: {
          waitForConnect: false,
          maxDelay: longestPauseMs,
          setup: (model: ChannelModel) => broker.#openChannel(model),
        },
      },
    );
    broker.#connection.on('connect-failed', (error) => broker.#report(error));
    broker.#connection.on('disconnect', (error) => {
      broker.#channel = undefined;
      if (!broker.#closed) broker.#report(error);
    });
    broker.#connection.on('error', (error) => broker.#report(error));
    return broker;
  }

  /** `undefined` while there is no connection. */
  get channel(): ConfirmChannel | undefined {
    return this.#channel;
  }

  /** Calls the listener with the open channel and with every new one. */
  onUp(listener: UpListener): () => void {
    this.#upListeners.add(listener);
    if (this.#channel !== undefined) this.#call(listener, this.#channel);
    return () => this.#upListeners.delete(listener);
  }

  onNotification<Type extends Exclude<Notification['type'], 'told'>>(
    type: Type,
    listener: (notification: Extract<Notification, { readonly type: Type }>) => void,
  ): () => void {
    return this.#listen(notificationKind({ type }), (notification) => listener(notification as never));
  }

  /** Notifications of the application on a topic. */
  onTopic(topic: string, listener: (data: unknown) => void): () => void {
    return this.#listen(
      notificationKind({ type: 'told', topic }),
      (notification) => notification.type === 'told' && listener(notification.data),
    );
  }

  /** Resolves when the broker has the message on disk; rejects with `BrokerUnreachable` if that is not known. */
  async publish(
    queue: string,
    content: Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const channel = this.#channel;
    if (channel === undefined) throw new BrokerUnreachable(this.#where, 'there is no connection');
    await new Promise<void>((resolve, reject) => {
      const gone = (reason: string) => reject(new BrokerUnreachable(this.#where, reason));
      const timer = setTimeout(() => gone('no confirmation arrived'), this.#confirmWithinMs);
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

  /** Sends a notification to current listeners, without any confirmation. */
  announce(notification: Parameters<typeof encode>[0] & { readonly type: Notification['type'] }): void {
    try {
      this.#channel?.publish(
        this.topology.notifications,
        notificationKind(notification),
        encode(notification),
      );
    } catch {
      // The channel is closing: a notification may be lost.
    }
  }

  /** Moves a message to the dead letters, with the reason in a header. */
  async deadLetter(content: Buffer, origin: string, reason: string): Promise<void> {
    await this.publish(this.topology.deadLetters, content, {
      [REASON_HEADER]: reason.slice(0, 1000),
      [ORIGIN_HEADER]: origin,
    });
    this.#logger.error({ queue: origin, reason }, 'moved a message to the dead letters');
  }

  /** Declares a queue of jobs if it does not exist, and returns its name on the broker. */
  async jobQueue(lane: string): Promise<string> {
    const queue = this.topology.jobQueue(lane);
    const channel = this.#channel;
    if (channel === undefined) throw new BrokerUnreachable(this.#where, 'there is no connection');
    if (!this.#declared.has(lane)) {
      await declareJobQueue(channel, queue);
      this.#declared.add(lane);
    }
    return queue;
  }

  /** Removes a queue of jobs with its messages. */
  async removeJobQueue(lane: string): Promise<void> {
    this.#declared.delete(lane);
    await this.#channel?.deleteQueue(this.topology.jobQueue(lane));
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
    channel.on('error', (error) => this.#report(error));
    channel.on('close', () => {
      isOver = true;
      if (this.#channel === channel) this.#channel = undefined;
      // The connection may still be open: RabbitMQ closes a channel that holds a message for very long.
      if (!this.#closed && this.#connection !== undefined)
        setTimeout(() => this.#reopen(model), REOPEN_PAUSE_MS).unref();
    });
    await channel.prefetch(PREFETCH);
    await declare(channel, this.topology);
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
    await channel.consume(queue, (message) => message && this.#hear(message.content), { noAck: true });
    // The last await: kinds with listeners from now on are bound when the listener is added.
    for (const kind of this.#listeners.keys())
      await channel.bindQueue(queue, this.topology.notifications, kind);
    if (isOver) throw new BrokerUnreachable(this.#where, 'the channel closed at once');
    this.#declared.clear();
    this.#notificationQueue = queue;
    this.#channel = channel;
    this.#lastFailure = '';
    this.#logger.info({ broker: this.#where }, 'connected to RabbitMQ');
    for (const listener of this.#upListeners) this.#call(listener, channel);
  }

  #reopen(model: ChannelModel): void {
    if (this.#closed || this.#channel !== undefined) return;
    // If the connection is lost too, its recovery opens the channel.
    this.#openChannel(model).catch((error: unknown) => this.#report(error));
  }

  /** Binds the kinds that have listeners: no others are sent to this process. */
  #listen(kind: string, listener: (notification: Notification) => void): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
    if (listeners.size === 1)
      this.#channel
        ?.bindQueue(this.#notificationQueue, this.topology.notifications, kind)
        .catch((error: unknown) => this.#report(error));
    return () => listeners.delete(listener);
  }

  #call(listener: UpListener, channel: ConfirmChannel): void {
    Promise.resolve(listener(channel)).catch((error: unknown) => this.#report(error));
  }

  #hear(content: Buffer): void {
    const decoded = decode(notificationSchema, content);
    if (decoded.ok)
      for (const listener of this.#listeners.get(notificationKind(decoded.message)) ?? [])
        listener(decoded.message);
    else this.#logger.debug({ reason: decoded.reason }, 'dropped a notification that could not be decoded');
  }

  /** Logs a repeated failure once. */
  #report(error: unknown): void {
    const reason = error instanceof Error ? `${error.message}${remedyOf(error)}` : String(error);
    if (reason === this.#lastFailure) return;
    this.#lastFailure = reason;
    this.#logger.warn({ broker: this.#where, reason }, 'cannot reach RabbitMQ; retrying');
  }
}

const CERTIFICATE = /^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_)/;

/** How to correct the error. Nothing was sent to a broker whose certificate is not trusted. */
function remedyOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (CERTIFICATE.test(code))
    return '. Its certificate is not trusted: check --queue, and pass the PEM file of its certificate authority with --queue-ca';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO')
    return '. This port does not use TLS: check the port of --queue (usually 5671), or omit --queue-secure';
  return '';
}
