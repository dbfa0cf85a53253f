/** What the dashboard's bench does inside the page: it is added to every page before the page's own scripts. */
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

  /** Changes the address as the page's own links do. Gives the time before. */
  go(address) {
    const now = performance.now();
    history.pushState(null, "", address);
    return now;
  },

  /** The time of the frame after the next one: what was given to the page before is drawn then. */
  drawn: () =>
    new Promise((resolve) => {
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
    }),

  /** Scrolls by most of a screen in every frame, and looks whether anything is in the middle of the box. */
  async scroll({ box, drawn, screens }) {
    const element = document.querySelector(box);
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    let [frames, blank, longest, last] = [0, 0, 0, await frame()];
    for (let i = 0; i < screens; i++) {
      element.scrollTop += element.clientHeight * 0.8;
      const now = await frame();
      longest = Math.max(longest, now - last);
      last = now;
      frames++;
      const { left, top, width, height } = element.getBoundingClientRect();
      const seen = document.elementFromPoint(left + Math.min(60, width / 2), top + height / 2);
      if (!seen?.closest(drawn)) blank++;
    }
    return { frames, blank, longest };
  },
};
