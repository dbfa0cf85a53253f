/** What the sample documentation says of each of its machines: sections with facts, some of which an image explains. */
import type { Random } from "../../core/random.ts";

/** A section of a machine's page. */
export interface SampleTopic {
  /** Names its images' files. */
  readonly name: string;
  /** Its heading, and what its images show. */
  readonly heading: (machine: string) => string;
  /** The kinds of image that explain it; none where nothing is to be seen. */
  readonly images: readonly ("diagram" | "screenshot" | "chart")[];
  /** Its text, with the facts in bold. */
  readonly text: (random: Random) => string;
}

const sides = ["left", "right", "upper", "lower", "rear", "front"];
const colours = ["blue", "red", "green", "grey", "black", "white", "yellow", "brown"];
const modes = ["quiet", "turbo", "steady", "gentle", "night", "manual"];
const shapes = ["round", "square", "narrow", "wide", "long", "small"];
const tools = ["brush", "cloth", "sponge", "hose", "vacuum", "scraper"];
const times = ["daily", "weekly", "monthly", "yearly", "hourly", "nightly"];
const speeds = ["slow", "medium", "fast", "rapid", "constant", "rising"];
const loads = ["empty", "half", "full", "light", "heavy", "mixed"];
const numbers = ["two", "three", "four", "five", "six", "seven", "eight", "nine"];
const places = ["cellar", "garage", "shed", "attic", "hall", "yard"];

/** The topics, in the order of a page. */
export const sampleTopics: readonly SampleTopic[] = [
  {
    name: "connect",
    heading: (machine) => `How to connect the ${machine}`,
    images: ["diagram"],
    text: (random) =>
      `Open the **${random.pick(sides)}** cover and plug in the **${random.pick(colours)}** cable. The light goes on when it is connected.`,
  },
  {
    name: "start",
    heading: (machine) => `How to start the ${machine}`,
    images: ["screenshot"],
    text: (random) =>
      `Press the **${random.pick(shapes)}** button on the **${random.pick(sides)}** panel and hold it. The screen shows when the machine runs.`,
  },
  {
    name: "set",
    heading: (machine) => `How to set the ${machine}`,
    images: ["screenshot", "diagram"],
    text: (random) =>
      `Choose the **${random.pick(modes)}** mode and turn the **${random.pick(colours)}** dial. The value is kept for the next time.`,
  },
  {
    name: "clean",
    heading: (machine) => `How to clean the ${machine}`,
    images: ["diagram"],
    text: (random) =>
      `Use a **${random.pick(tools)}** and repeat it **${random.pick(times)}** or when dust is seen. Keep water away from the motor.`,
  },
  {
    name: "speed",
    heading: (machine) => `How fast the ${machine} is`,
    images: ["chart"],
    text: (random) =>
      `It is **${random.pick(speeds)}** with a **${random.pick(loads)}** tray and slower with age. The figures are from our workshop.`,
  },
  {
    name: "warranty",
    heading: (machine) => `What the warranty of the ${machine} covers`,
    images: [],
    text: (random) =>
      `The motor is covered for **${random.pick(numbers)}** years and the case for **${random.pick(numbers)}** months. Keep the bill.`,
  },
  {
    name: "weight",
    heading: (machine) => `What weight the ${machine} has`,
    images: [],
    text: (random) =>
      `It weighs **${random.pick(numbers)}** kilos with the **${random.pick(tools)}** in its box. Two people lift it.`,
  },
  {
    name: "storage",
    heading: (machine) => `Where to store the ${machine}`,
    images: [],
    text: (random) =>
      `A dry **${random.pick(places)}** is best, with the **${random.pick(sides)}** door closed. Frost harms the seals.`,
  },
];
