import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MissingFileError, Tail } from '../../src/runs/tail';

/** A server with one file; `whole` ignores ranges, as a proxy may. */
class Server {
  text: string | null = '';
  whole = false;
  asked = 0;

  fetch = (from: number, to: number): Promise<Response> => {
    this.asked++;
    return Promise.resolve(this.answer(from, to));
  };

  private answer(from: number, to: number): Response {
    if (this.text === null) {
      return new Response(null, { status: 404 });
    }
    const bytes = new TextEncoder().encode(this.text);
    if (this.whole) {
      return new Response(bytes, { status: 200 });
    }
    return from >= bytes.length
      ? new Response(null, { status: 416 })
      : new Response(bytes.slice(from, to + 1), { status: 206 });
  }
}

for (const whole of [false, true]) {
  test(`lines come once each, when complete (${whole ? 'server sends the whole file' : 'ranges'})`, async () => {
    const server = new Server();
    server.whole = whole;
    const tail = new Tail(server.fetch);
    assert.deepEqual((await tail.poll()).lines, []);
    server.text = 'a\nb';
    assert.deepEqual((await tail.poll()).lines, ['a']);
    assert.deepEqual((await tail.poll()).lines, []);
    assert.equal(tail.pending, 1);
    server.text += 'b\nc\n';
    assert.deepEqual((await tail.poll()).lines, ['bb', 'c']);
  });

  test(`a file that became shorter is read again (${whole ? 'whole' : 'ranges'})`, async () => {
    const server = new Server();
    server.whole = whole;
    const tail = new Tail(server.fetch);
    server.text = 'long line\n'.repeat(50);
    assert.equal((await tail.poll()).lines.length, 50);
    server.text = 'new\n';
    const cut = await tail.poll();
    assert.ok(cut.restarted && cut.more);
    assert.deepEqual((await tail.poll()).lines, ['new']);
  });
}

test('a file that was replaced by a longer one is read again', async () => {
  const server = new Server();
  const tail = new Tail(server.fetch);
  server.text = 'old\nold\n';
  await tail.poll();
  server.text = 'new\nnew\nnew\nnew\n';
  assert.ok((await tail.poll()).restarted);
  assert.deepEqual((await tail.poll()).lines, ['new', 'new', 'new', 'new']);
});

test('a large file is read piece by piece', async () => {
  const server = new Server();
  server.text = Array.from({ length: 100 }, (_, row) => `line ${row} ü\n`).join('');
  const tail = new Tail(server.fetch, 128);
  const lines: string[] = [];
  let more = true;
  while (more) {
    const got = await tail.poll();
    lines.push(...got.lines);
    ({ more } = got);
  }
  assert.equal(lines.join('\n'), server.text.trim());
  assert.ok(server.asked > 5);
});

test('a missing file and a failing server are told apart', async () => {
  const server = new Server();
  const tail = new Tail(server.fetch);
  server.text = null;
  await assert.rejects(tail.poll(), MissingFileError);
  const failing = new Tail(() => Promise.resolve(new Response(null, { status: 503 })));
  await assert.rejects(failing.poll(), /503/);
});

test('nothing new is an ordinary answer, not an error in the console', async () => {
  const server = new Server();
  const statuses: number[] = [];
  const tail = new Tail(async (from, to) => {
    const response = await server.fetch(from, to);
    statuses.push(response.status);
    return response;
  });
  server.text = 'a\n';
  await tail.poll();
  await tail.poll();
  assert.deepEqual(statuses, [206, 206]);
});

test('the next piece of a large file is asked for before it is needed', async () => {
  const server = new Server();
  server.text = 'a line\n'.repeat(100);
  const tail = new Tail(server.fetch, 128);
  assert.equal((await tail.poll()).lines.length, 18);
  assert.equal(server.asked, 2);
  await tail.poll();
  assert.equal(server.asked, 3);
});

test('a server that went away while the next piece was asked for is told of once it is needed', async () => {
  const server = new Server();
  server.text = 'a line\n'.repeat(100);
  let away = false;
  const tail = new Tail(
    (from, to) => (away ? Promise.reject(new Error('away')) : server.fetch(from, to)),
    128
  );
  const first = tail.poll();
  away = true;
  assert.equal((await first).lines.length, 18);
  await assert.rejects(tail.poll(), /away/);
  away = false;
  assert.ok((await tail.poll()).lines.length > 0);
});

test('an answer that breaks off is asked for once more; a server that stays away is told of', async () => {
  const server = new Server();
  server.text = 'a\nb\n';
  let broken = 1;
  const tail = new Tail(async (from, to) => {
    const response = await server.fetch(from, to);
    if (broken-- > 0) {
      response.arrayBuffer = () => Promise.reject(new TypeError('network error'));
    }
    return response;
  });
  assert.deepEqual((await tail.poll()).lines, ['a', 'b']);
  broken = 2;
  await assert.rejects(tail.poll(), /network error/);
  server.text += 'c\n';
  assert.deepEqual((await tail.poll()).lines, ['c']);
});
