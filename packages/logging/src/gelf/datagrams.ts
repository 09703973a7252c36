import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/** Fits what the Internet carries in one piece. */
const DATAGRAM_BYTES = 1420;
const HEADER_BYTES = 12;
/** More than these no GELF receiver takes. */
const MOST_CHUNKS = 128;

/**
 * The datagrams of one GELF message: itself, or compressed, or in chunks of 12 bytes of header (magic 1e 0f, 8 of an id,
 * number, count) and a piece. Undefined if it is too long for all that.
 */
export function datagramsOf(message: string): readonly Buffer[] | undefined {
  const plain = Buffer.from(message);
  if (plain.length <= DATAGRAM_BYTES) return [plain];
  const whole = deflateSync(plain);
  if (whole.length <= DATAGRAM_BYTES) return [whole];
  const room = DATAGRAM_BYTES - HEADER_BYTES;
  const count = Math.ceil(whole.length / room);
  if (count > MOST_CHUNKS) return undefined;
  const id = randomBytes(8);
  return Array.from({ length: count }, (_, number) =>
    Buffer.concat([
      Buffer.from([0x1e, 0x0f]),
      id,
      Buffer.from([number, count]),
      whole.subarray(number * room, (number + 1) * room),
    ]),
  );
}
