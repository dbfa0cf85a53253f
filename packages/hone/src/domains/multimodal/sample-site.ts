/**
 * A documentation of 192 machines with its own pictures, made from a seed: what the domain asks about where no documents are given.
 *
 * Each machine has a page of six sections. Of the sections that an image could explain, 85 % have theirs; two kinds of section
 * have none. Every page begins with a logo, and names images that the reader is not helped by.
 */
import { Random } from "../../core/random.ts";
import { picture, type PictureKind } from "./sample-pictures.ts";
import { type SampleTopic, sampleTopics } from "./sample-topics.ts";

/** A file of the documentation. */
export interface SampleFile {
  /** Its path in the documentation's folder, with "/" on every system. */
  readonly path: string;
  /** Text of a page or an SVG; the bytes of a PNG. */
  readonly content: string | Uint8Array;
}

const kinds = [
  ...["pump", "valve", "press", "mill", "lathe", "crane"],
  ...["boiler", "fan", "drill", "oven", "mixer", "scale"],
];

const names = [
  ...["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron"],
  ...["ivory", "jasper", "kestrel", "linden", "maple", "north", "opal", "prairie"],
];

/** The folder that the pages lie in, as content of a storage does. */
const PAGES = "machines";

/**
 * The files: pages as Markdown, pictures as SVG and PNG. The same seed gives the same files.
 * @example sampleSite(0).find(({ path }) => path === "machines/amber-pump.md")?.content;
 */
export function sampleSite(seed: number): readonly SampleFile[] {
  const machines = names.flatMap((name) => kinds.map((kind) => `${name} ${kind}`));
  const pages = machines.flatMap((machine) => machinePage(machine, seed));
  const index = machines.map((machine) => `- [${titled(machine)}](${PAGES}/${fileOf(machine)}.md)`);
  return [
    { path: "README.md", content: `# Machines\n\n${badge}\n\n${index.join("\n")}\n` },
    ...pages,
  ];
}

const badge = "![version](https://img.shields.io/badge/version-1-green)";

const titled = (machine: string): string => `${machine[0]!.toUpperCase()}${machine.slice(1)}`;
const fileOf = (machine: string): string => machine.replace(" ", "-");

/** Sections of a page. */
const SECTIONS = 6;

/** The share of the images that could be there which are there. */
const DRAWN = 0.85;

function machinePage(machine: string, seed: number): readonly SampleFile[] {
  const random = new Random("sample page", seed, machine);
  const chosen = new Set(random.shuffle(sampleTopics).slice(0, SECTIONS));
  const sections = sampleTopics
    .filter((topic) => chosen.has(topic))
    .map((topic) => machineSection(machine, topic, random));
  const logo = imageFile(machine, "logo", "svg");
  const text = [
    `# ${titled(machine)}`,
    `![Logo of the ${machine}](../images/${logo})`,
    ...sections.map((section) => section.text),
  ].join("\n\n");
  return [
    { path: `${PAGES}/${fileOf(machine)}.md`, content: `${text}\n` },
    drawn(logo, "logo", random),
    ...sections.flatMap((section) => section.files),
  ];
}

const imageFile = (machine: string, name: string, form: "svg" | "png"): string =>
  `${fileOf(machine)}-${name}.${form}`;

const drawn = (file: string, kind: PictureKind, random: Random): SampleFile => ({
  path: `images/${file}`,
  content: picture(kind, random),
});

interface SampleSection {
  readonly text: string;
  readonly files: readonly SampleFile[];
}

/** A section in which every other image has a title or a caption. */
function machineSection(machine: string, topic: SampleTopic, random: Random): SampleSection {
  const heading = topic.heading(machine);
  const text = topic.text(random);
  const [before = "", after = ""] = text.split(/(?<=\.) (?=[A-Z][^.]*\.$)/);
  const hasImages = topic.images.length > 0 && random.uniform() < DRAWN;
  // Where two kinds could explain it, both do in half of the sections.
  const kept = random.uniform() < 0.5 ? topic.images.slice(0, 1) : topic.images;
  const images = (hasImages ? kept : []).map((kind) => {
    const file = imageFile(machine, `${topic.name}-${kind}`, kind === "screenshot" ? "png" : "svg");
    const title = random.uniform() < 0.5 ? ` "${titled(kind)} of the ${machine}"` : "";
    return { file: drawn(file, kind, random), text: `![${heading}](../images/${file}${title})` };
  });
  return {
    text: [`## ${heading}`, before, ...images.map((image) => image.text), after]
      .filter((part) => part !== "")
      .join("\n\n"),
    files: images.map(({ file }) => file),
  };
}
