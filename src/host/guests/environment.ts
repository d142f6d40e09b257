import type { PlannedGuest } from "../../plan/plan.js";

const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * What a guest's programs find in their environment. Of the host's own only PATH, so that a run does not depend on who
 * started it (guests that see the host's files find its programs where their user does); HOME, USER, LOGNAME and SHELL
 * come from the guest's /etc/passwd (native/launch/user.cpp).
 */
export function guestEnvironment(plan: PlannedGuest): Record<string, string> {
  const path = plan.group.root === undefined ? (process.env.PATH ?? USUAL_PATH) : USUAL_PATH;
  return { PATH: path, LANG: "C.UTF-8", ...plan.environment };
}
