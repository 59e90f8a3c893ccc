// What the web process of the seeds would do, one command per line: make the tables, queue runs, schedule them.
// Answers each with one line: the moment it began, in milliseconds.
'use strict';

const { createInterface } = require('node:readline');
const { dispatchQueue } = require('./queues');
const { open } = require('./store');

const CHUNK = 500;
const queue = dispatchQueue();
const now = () => performance.timeOrigin + performance.now();

const job = (number) => ({
  name: 'dispatch', data: { version: 'version-1', order: { id: number, total: 10, note: 'none' } },
});

async function create() {
  await open(process.env.DATABASE_URL, process.env.SYNCHRONOUS, 1).create();
}

async function add(runs) {
  for (let first = 0; first < runs; first += CHUNK) {
    const length = Math.min(CHUNK, runs - first);
    await queue.addBulk(Array.from({ length }, (_, index) => job(first + index)));
  }
}

/** Let so many job schedulers be due at the same second, once a day. */
async function schedule(runs, at) {
  const moment = new Date(at);
  const [hour, minute, second] = [moment.getUTCHours(), moment.getUTCMinutes(), moment.getUTCSeconds()];
  const pattern = `${second} ${minute} ${hour} * * *`;
  for (let number = 0; number < runs; number += 1) {
    await queue.upsertJobScheduler(`schedule-${number}`, { pattern, tz: 'UTC' }, job(number));
  }
}

const commands = { create, add, schedule };

createInterface({ input: process.stdin }).on('line', async (line) => {
  const [command, ...numbers] = line.split(' ');
  const began = now();
  await commands[command](...numbers.map(Number));
  console.log(began);
});
