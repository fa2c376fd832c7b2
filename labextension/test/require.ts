/** Import this first in a test of a module that uses lumino: its build for node calls `require`. */
import { createRequire } from 'node:module';

Object.defineProperty(globalThis, 'require', {
  value: createRequire(import.meta.url),
  configurable: true
});
