/**
 * The Bradley–Terry loss of the rewards of pairs, and its derivative.
 *
 *     C = Σ_i w_i·( −log σ(r_c − r_r − m_i)  +  λ·(r_c + r_r)² ) / Σ_i w_i
 *
 * r_c and r_r are the rewards of the chosen and the rejected answer, m_i the margin of the pair, λ the coefficient that keeps rewards
 * near 0, which the first term leaves undecided.
 *
 * @source Ouyang et al. 2022 (arXiv:2203.02155), eq. 1, without the 1/(K over 2) of comparisons from one ranking; the margin: Touvron et
 *         al. 2023 (arXiv:2307.09288), eq. 2; centring: Eisenstein et al. 2023 (arXiv:2312.09244), eq. 2
 */

/** What a reward model says of the two answers of a pair. */
export interface PairRewards {
  readonly chosen: number;
  readonly rejected: number;
  /** m: by how much the chosen answer is to have more. */
  readonly margin: number;
  /** w: how much the pair counts, relative to the others. */
  readonly weight: number;
}

/** The loss of a batch of pairs, and its derivatives by the rewards, in their order. */
export interface RewardLoss {
  readonly value: number;
  readonly derivatives: readonly { readonly chosen: number; readonly rejected: number }[];
}

/** @param centering  λ, at least 0 */
export function rewardLoss(pairs: readonly PairRewards[], centering: number): RewardLoss {
  const total = pairs.reduce((sum, { weight }) => sum + weight, 0);
  let value = 0;
  const derivatives = pairs.map(({ chosen, rejected, margin, weight }) => {
    const share = weight / total;
    const by = chosen - rejected - margin;
    const sum = chosen + rejected;
    value += share * (softplus(-by) + centering * sum ** 2);
    // d/dx −log σ(x) = −σ(−x)
    const slope = -1 / (1 + Math.exp(by));
    const pull = 2 * centering * sum;
    return { chosen: share * (slope + pull), rejected: share * (pull - slope) };
  });
  return { value, derivatives };
}

/** log(1 + e^x) without overflow: −log σ(−x). */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
