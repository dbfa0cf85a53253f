/** What two people and their appointment at a conference are described by, and how often each value occurs. */
import type { Distribution } from "./distribution.ts";

/** What people may be interested in. Each is interested in three of them, of which the first is the main one. */
export const topics = ["AI", "data", "security", "cloud", "health", "finance"] as const;
export type Topic = (typeof topics)[number];

/** Levels of seniority, from the lowest. */
export const seniorities = ["junior", "mid-level", "senior", "executive"] as const;
export type Seniority = (typeof seniorities)[number];

/** How engaged people are by their role, from 1 to 5. */
const eager: Distribution<number> = [
  [1, 0.02],
  [2, 0.05],
  [3, 0.13],
  [4, 0.35],
  [5, 0.45],
];
const steady: Distribution<number> = [
  [1, 0.1],
  [2, 0.2],
  [3, 0.4],
  [4, 0.2],
  [5, 0.1],
];
const reserved: Distribution<number> = [
  [1, 0.45],
  [2, 0.35],
  [3, 0.13],
  [4, 0.05],
  [5, 0.02],
];

/** Roles, with how often people of each state which engagement at their registration. */
export const roles = {
  founder: eager,
  investor: eager,
  engineer: steady,
  researcher: steady,
  analyst: reserved,
  recruiter: reserved,
} as const satisfies Readonly<Record<string, Distribution<number>>>;
export type Role = keyof typeof roles;
export const roleNames = Object.keys(roles) as readonly Role[];

/** Days of the conference. */
export const days = [1, 2, 3] as const;
export type Day = (typeof days)[number];

/** How many meetings a person has had by an hour of the day. */
export const earlierMeetings = {
  9: [
    [0, 0.7],
    [1, 0.25],
    [2, 0.05],
  ],
  11: [
    [0, 0.3],
    [1, 0.4],
    [2, 0.2],
    [3, 0.1],
  ],
  13: [
    [0, 0.15],
    [1, 0.3],
    [2, 0.3],
    [3, 0.2],
    [4, 0.05],
  ],
  15: [
    [0, 0.1],
    [1, 0.2],
    [2, 0.3],
    [3, 0.25],
    [4, 0.15],
  ],
  17: [
    [0, 0.05],
    [1, 0.15],
    [2, 0.25],
    [3, 0.3],
    [4, 0.25],
  ],
} as const satisfies Readonly<Record<number, Distribution<number>>>;
export type Hour = keyof typeof earlierMeetings;
/** The hours at which meetings begin. */
export const hours = [9, 11, 13, 15, 17] as const satisfies readonly Hour[];

/** Minutes until the next appointment of one of the two. */
export const gaps: Distribution<Gap> = [
  [0, 1 / 3],
  [15, 1 / 3],
  [45, 1 / 3],
];
export type Gap = 0 | 15 | 45;

/** What the two made of their last meeting, if they have met. */
export const histories: Distribution<History> = [
  ["none", 0.6],
  ["good", 0.25],
  ["bad", 0.15],
];
export type History = "none" | "good" | "bad";

/** By how much a person's engagement on the day differs from the stated one. Neither text nor tools show it. */
export const moods: Distribution<Mood> = [
  [-1, 0.25],
  [0, 0.5],
  [1, 0.25],
];
export type Mood = -1 | 0 | 1;

/** One of the two people. */
export interface Attendee {
  /** The profession, which says how engaged such people usually are. */
  readonly role: Role;
  /** The level of seniority. */
  readonly seniority: Seniority;
  /** Three topics, the main one first. */
  readonly interests: readonly [Topic, Topic, Topic];
  /** As stated at the registration, 1 to 5. */
  readonly engagement: number;
  /** By how much the engagement on the day differs from the stated one; neither text nor tools show it. */
  readonly mood: Mood;
  /** Meetings on this day so far, 0 to 4. */
  readonly earlier: number;
}

/** A meeting of two people, with everything that decides how it goes. */
export interface Meeting {
  /** Person A. */
  readonly a: Attendee;
  /** Person B. */
  readonly b: Attendee;
  /** The day of the conference, from 1. */
  readonly day: Day;
  /** The hour at which it begins. */
  readonly hour: Hour;
  /** Minutes until the next appointment of one of the two. */
  readonly gap: Gap;
  /** What the two made of their last meeting. */
  readonly history: History;
}
