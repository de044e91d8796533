// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/sensitivity/sensitivities.h"

#include "core/analyze/sensitivity/rows.h"
#include "core/base/error.h"

#include <string>

namespace bitloom {

const std::vector<SensitivityRow>& sensitivities()
{
    static const std::vector<SensitivityRow> kRows = {
        {"fisher-inputs", "Fisher, correlated inputs", "½ Σ r_o/Σr · ΔW_o (D A D) E_oᵀ + ½ α² F_W",
         true, false, &measureCorrelatedFisher},
        {"fisher", "Fisher, rank 1", "½ Σ r_o c_i ΔW E / Σr + ½ α² F_W", true, false,
         &measureRankOneFisher},
        {"fisher-whole", "Fisher, every weight", "½ Σ F_oi ΔW²", true, false, &measureWholeFisher},
        {"fisher-empirical", "Fisher of the text's own labels", "½ Σ F_oi ΔW²", true, true,
         &measureEmpiricalFisher},
        {"fisher-position", "Fisher by position", "½ Σ E[g² x²] ΔW²", true, false,
         &measureByPosition},
        {"fisher-position-rank1", "Fisher by position, rank 1", "½ Σ r_o c_i ΔW² / Σr", true, false,
         &measureByPositionRankOne},
        {"kronecker", "Kronecker factors", "½ tr(G ΔW A ΔWᵀ) (K-FAC)", true, false,
         &measureKronecker},
        {"kronecker-diagonal", "Kronecker factors, diagonals", "½ Σ G_oo A_ii ΔW²", true, false,
         &measureDiagonalKronecker},
        {"trace", "Hessian trace", "tr(H)/n · ½ ‖ΔW‖² (HAWQ-V2)", true, false, &measureTrace},
        {"top-eigenvalue", "largest eigenvalue", "λ · ½ ‖ΔW‖² (Q-BERT)", false, false,
         &measureTopEigenvalue},
        {"output-error", "output error", "tr(ΔW A ΔWᵀ) (GPTQ)", false, false, &measureOutputError},
        {"weight-error", "weight error", "‖ΔW‖²", false, false, &measureWeightError, false},
        {"gradient", "gradient at 3 bits", "½ g · ΔW (mlx-lm)", true, false, &measureGradient},
        {"noise", "noise injection", "α ‖ΔW‖² / ‖W‖² (HIGGS)", true, false, &measureNoise},
        {kMeasuredSensitivity, "measured", "the network run with this slot changed", true, false,
         &measureDivergence},
    };
    return kRows;
}

const SensitivityRow& sensitivityNamed(std::string_view id)
{
    std::string known;
    for (const SensitivityRow& row : sensitivities()) {
        if (row.id == id)
            return row;
        known.append(known.empty() ? "" : ", ").append(row.id);
    }
    throw Error("sensitivity", "there is no metric " + std::string(id) + "; there are " + known);
}

} // namespace bitloom
