/**
 * The order of test files: those that start programs first, which take longest. A file that takes a minute and begins last
 * would be waited for alone.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

export class ProgramsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isProgram = ({ moduleId }: TestSpecification): boolean => moduleId.includes("/test/e2e/");
    return [...sorted.filter(isProgram), ...sorted.filter((file) => !isProgram(file))];
  }
}
