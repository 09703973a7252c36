declare module 'graygelf/server.js' {
  import type { EventEmitter } from 'node:events';
  interface GrayGelfServer extends EventEmitter {
    listen(port: number, address: string): this;
    close(): void;
  }
  function createServer(): GrayGelfServer;
  export = createServer;
}
