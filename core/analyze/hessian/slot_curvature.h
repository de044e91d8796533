// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/hessian/curvature.h"
#include "core/analyze/hessian/trace.h"
#include "core/files/store/measurement_store.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace bitloom {

/// How curved the loss is along one slot, its other slots held fixed: nats per prediction and unit
/// weight squared. Alone it ranks nothing, as it knows nothing of the error; times an error it is a
/// damage: ½ · value · ‖ΔW‖².
struct SlotCurvature {
    int slot = -1;
    double value = 0;
    double uncertainty = 0; ///< of the value: a standard error, or a deviation within it
    int64_t products = 0;   ///< of the Hessian that it was made from
    bool converged = false;
};

/// What a curvature is measured on, and how well.
struct CurvatureQuestion {
    std::shared_ptr<const Model> model;
    std::vector<Window> windows;
    CurvatureSettings settings;
    TraceSettings trace = {20, 100, 0.05, true, 1};
    int64_t subsets = 5; ///< of the windows, where a measure looks how it varies with the data
    MeasurementStore store = {}; ///< where samples are kept, so that none is taken twice
};

/// A row of the table of curvatures.
struct CurvatureMeasure {
    std::string_view id;
    std::string_view title;  ///< of the value
    std::string_view source; ///< where the damage made of it comes from
    /// Measures every quantizable slot; when stopped, those it got to.
    std::vector<SlotCurvature> (*measure)(const CurvatureQuestion& question, Progress& progress);
};

/// Every measure; a new one is a function and a row.
///   trace           tr(H)/n: the damage of an error without direction (HAWQ-V2, Dong et al. 2020)
///   top-eigenvalue  |mean| + deviation of H's largest eigenvalue over subsets of the windows
///                   (Q-BERT, Shen et al. 2020): about the most that an error can cost
const std::vector<CurvatureMeasure>& curvatureMeasures();
/// Error, naming those there are, when there is none of that id.
const CurvatureMeasure& curvatureMeasureNamed(std::string_view id);

} // namespace bitloom
