/** Customers of a shop, served in a conversation and by tools on its database, within a policy. Rules and rewards: tau/README.md. */
export { serviceEnvironment, type ServiceEnvironmentOptions } from "./tau/environment.ts";
export { serviceExpert, type ServiceExpertOptions } from "./tau/expert.ts";
export { compactServiceFormat, instructedServiceFormat } from "./tau/format.ts";
export { servicePolicy } from "./tau/policy.ts";
export { type Request, type RequestKind } from "./tau/requests.ts";
export { serviceEpisodeReward, serviceReward } from "./tau/rewards.ts";
export type { Order, OrderStatus } from "./tau/shop.ts";
export { type RequestEnd, type SimulatedUser, simulatedUser } from "./tau/simulated-user.ts";
export {
  type ServiceLevel,
  serviceSplitOf,
  serviceTask,
  type ServiceTask,
  serviceTasks,
  type ServiceTasksOptions,
} from "./tau/tasks.ts";
