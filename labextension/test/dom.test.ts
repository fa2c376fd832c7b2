import './dom';

import assert from 'node:assert/strict';
import { test } from 'node:test';

test('a DOM view can be built and clicked without a browser', () => {
  const button = document.createElement('button');
  let clicks = 0;
  button.addEventListener('click', () => (clicks += 1));
  document.body.append(button);
  button.click();
  assert.equal(clicks, 1);
  assert.equal(document.querySelector('button'), button);
});
