/** The forms of `hone convert --format`, for the command line: little is loaded here. */
export {
  trajectoryForms,
  type TrajectoryTarget,
  trajectoryTargets,
} from "../../data/trajectories/trajectory-forms.ts";
