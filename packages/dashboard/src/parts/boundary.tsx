/** Keeps the page where a part of it fails: what failed is said in its place. */
import { Component, type ReactNode } from "react";
import { PageProblem } from "./problem.tsx";

interface BoundaryProps {
  readonly children: ReactNode;
}

/** React asks for a class here. */
export class Boundary extends Component<BoundaryProps, { readonly error: Error | undefined }> {
  override state = { error: undefined };

  static getDerivedStateFromError(error: unknown): { readonly error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === undefined ? (
      this.props.children
    ) : (
      <PageProblem title="This page cannot be shown" error={error} />
    );
  }
}
