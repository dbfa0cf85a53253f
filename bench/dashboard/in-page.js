/** What the dashboard's bench does inside the page: it is added to every page before the page's own scripts. */
/** Whether something of the selector with a text is at a place, also where it takes no pointer, as a table that scrolls. */
function isSeen(element, drawn, { x, y }) {
  // Between two lines of text there is a gap.
  const near = [y - 7, y, y + 7].map((one) => document.elementFromPoint(x, one)?.closest(drawn));
  if (near.some(Boolean)) return true;
  // Tables have only the rows in sight in the page; what has thousands of parts takes the pointer.
  const parts = [...element.querySelectorAll(drawn)];
  return (
    parts.length < 2000 &&
    parts.some((part) => {
      const { top, bottom } = part.getBoundingClientRect();
      return top <= y && bottom >= y && part.textContent !== "";
    })
  );
}

globalThis.honeBench = {
  /** Marks the first frame in which something of the selector is there. */
  markShown(selector) {
    const look = () => {
      if (document.querySelector(selector) === null) requestAnimationFrame(look);
      else requestAnimationFrame(() => performance.mark("shown"));
    };
    requestAnimationFrame(look);
  },

  /** When text was first painted and the mark was set, in ms since the navigation began. */
  times: () => ({
    painted: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    shown: performance.getEntriesByName("shown")[0].startTime,
  }),

  /** Changes the address as the page's own links do, and notes when the page changes from then on. */
  go(address) {
    this.began = performance.now();
    this.changed = this.began;
    this.observer = new MutationObserver(() => (this.changed = performance.now()));
    this.observer.observe(document.querySelector("main"), {
      ...{ subtree: true, childList: true, characterData: true, attributes: true },
    });
    history.pushState(null, "", address);
  },

  /** From the change of the address to the last change of the page, once an answer has come and nothing has changed for a while; in ms. */
  async settled() {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const answeredAt = () =>
      performance
        .getEntriesByType("resource")
        .filter(({ name, startTime }) => name.includes("/api/") && startTime >= this.began)
        .reduce((latest, { responseEnd }) => Math.max(latest, responseEnd), 0);
    while (answeredAt() === 0) await frame();
    while (performance.now() - Math.max(this.changed, answeredAt()) < 300) await frame();
    this.observer.disconnect();
    return this.changed - this.began;
  },

  /** Resolves in the frame after the next one. */
  drawn: () =>
    new Promise((resolve) => {
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(undefined)));
    }),

  /** Scrolls as a wheel that is turned fast, and looks in every frame whether anything is in the middle of what one sees of the box. */
  async scroll({ box, drawn, count, distance }) {
    const element = document.querySelector(box);
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    let [frames, blank, longest, last] = [0, 0, 0, await frame()];
    for (let i = 0; i < count; i++) {
      element.scrollTop += distance;
      const now = await frame();
      longest = Math.max(longest, now - last);
      last = now;
      frames++;
      const { left, top, bottom } = element.getBoundingClientRect();
      const middle = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
      if (!isSeen(element, drawn, { x: left + 60, y: middle })) blank++;
    }
    return { frames, blank, longest };
  },
};
