/** The logger interface of all packages: fields first, then a short event phrase. A pino logger implements it. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Discards every record. The default of every package. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
