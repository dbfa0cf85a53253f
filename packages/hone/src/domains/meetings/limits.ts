/** Actions until an episode is cut off, where nothing else is said. */
export const meetingMaxActions = 8;
