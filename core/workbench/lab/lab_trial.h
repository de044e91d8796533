// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the lab: what it tries, slots or values.

#include "core/analyze/numerics/estimate.h"
#include "core/workbench/lab/lab_settings.h"
#include "core/workbench/lab/laboratory.h"

#include <map>
#include <memory>
#include <vector>

namespace bitloom {

/// A change of every slot or value by each of some schemes: what metrics predict of it, and what is
/// measured.
class LabTrial {
public:
    virtual ~LabTrial() = default;
    virtual std::vector<LabMetric> metrics() const = 0;
    virtual std::vector<std::string> schemes() const = 0;
    /// How many slots or values a scheme can be tried on.
    virtual size_t candidates(size_t scheme) const = 0;
    /// By index, for every scheme. Fewer schemes: stopped.
    using Predicted = std::vector<std::map<int, double>>;
    virtual Predicted predicted(size_t metric, Progress& progress) = 0;
    /// Stopped: those so far.
    virtual std::map<int, Estimate> measured(size_t scheme, Progress& progress) = 0;
};

std::unique_ptr<LabTrial> slotTrial(Laboratory& laboratory, const LabSettings& settings);
std::unique_ptr<LabTrial> valueTrial(Laboratory& laboratory, const LabSettings& settings);

} // namespace bitloom
