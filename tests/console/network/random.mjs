// Random numbers of a seed: the same ones on every machine.

/** A generator of random numbers (mulberry32). */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** Returns a number of [0, 1). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Returns an integer of [from, to]. */
  integer(from, to) {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** Returns one of `items`. */
  pick(items) {
    return items[this.integer(0, items.length - 1)];
  }
}
