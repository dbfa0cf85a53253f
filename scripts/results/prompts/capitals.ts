/** A task on which the wording of the prompt matters to a small model: the capital of a country. */
import type { Agent } from "../../../packages/hone/src/ports/agent.ts";
import type { RewardFunction } from "../../../packages/hone/src/ports/reward.ts";
import { fillPrompt } from "../../../packages/hone/src/core/prompts.ts";

/** A country and its capital. */
export interface Capital {
  readonly id: string;
  readonly country: string;
  readonly answer: string;
}

const pairs = `France Paris, Germany Berlin, Italy Rome, Spain Madrid, Portugal Lisbon, Austria Vienna, Poland Warsaw, Greece Athens,
Sweden Stockholm, Norway Oslo, Denmark Copenhagen, Finland Helsinki, Ireland Dublin, Belgium Brussels, Hungary Budapest,
Romania Bucharest, Bulgaria Sofia, Croatia Zagreb, Serbia Belgrade, Ukraine Kyiv, Russia Moscow, Turkey Ankara, Egypt Cairo,
Kenya Nairobi, Ethiopia Addis_Ababa, Ghana Accra, Senegal Dakar, Morocco Rabat, Tunisia Tunis, Algeria Algiers, Libya Tripoli,
Iran Tehran, Iraq Baghdad, Israel Jerusalem, Jordan Amman, Lebanon Beirut, Syria Damascus, India New_Delhi, Nepal Kathmandu,
Pakistan Islamabad, Bangladesh Dhaka, China Beijing, Japan Tokyo, Mongolia Ulaanbaatar, Thailand Bangkok, Vietnam Hanoi,
Indonesia Jakarta, Malaysia Kuala_Lumpur, Philippines Manila, Australia Canberra, Canada Ottawa, Mexico Mexico_City,
Cuba Havana, Jamaica Kingston, Peru Lima, Chile Santiago, Argentina Buenos_Aires, Uruguay Montevideo, Colombia Bogotá,
Venezuela Caracas, Ecuador Quito, Iceland Reykjavik, Cyprus Nicosia, Malta Valletta`;

const capitals = pairs.split(/,\s*/).map((pair): Capital => {
  const [country = "", answer = ""] = pair.split(" ").map((word) => word.replaceAll("_", " "));
  return { id: country, country, answer };
});

/** Every second country is held out, so that both halves know as much of the world. */
export const tasks = {
  train: capitals.filter((_, i) => i % 2 === 0),
  test: capitals.filter((_, i) => i % 2 === 1),
};

/** The prompt that every search begins with. */
export const start = { ask: "Country: {country}. Capital?" };

/** One question, one reply. */
export const agent: Agent<Capital, string> = async ({ country }, { model, prompts, signal }) => {
  const content = fillPrompt(prompts["ask"] ?? start.ask, { country });
  const reply = await model.chat([{ role: "user", content }], { signal });
  return reply.content.trim();
};

/** 1 for a reply that names the capital. */
export const reward: RewardFunction<Capital, string> = ({ answer, task }) =>
  answer.includes(task.answer) ? 1 : 0;
