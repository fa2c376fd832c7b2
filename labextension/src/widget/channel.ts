/** What anywidget gives a widget's code: its state in the kernel, and a way to talk. */

export interface Channel {
  get(name: string): unknown;
  on(event: string, callback: (message: unknown) => void): void;
  off(event: string, callback: (message: unknown) => void): void;
  send(message: object): void;
}
