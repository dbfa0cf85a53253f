/** Packages that hone does not depend on, loaded at the moment they are needed. */
import { HoneError, messageOf } from "../../core/errors.ts";

/** @throws PACKAGE_MISSING naming the command that installs it */
export async function optionalPackage<Module>(
  name: string,
  where: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw new HoneError(
      "PACKAGE_MISSING",
      { name, where, problem: messageOf(error).split("\n")[0]! },
      { cause: error },
    );
  }
}
