// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/finite_weights.h"

#include <mutex>
#include <string_view>

namespace bitloom {

/// Whether all weights of a model are finite: looked at once, before the first computation with
/// them. Thread safe.
class WeightCheck {
public:
    /// Error naming the first number that is not finite. Says nothing when stopped; whoever asked
    /// stops soon after.
    void require(const Model& model, std::string_view operation, Progress& progress);
    /// Whether a slot's tensor holds weights beyond what half precision does; false before require.
    bool isLarge(const Slot& slot);

private:
    bool look(const Model& model, std::string_view operation, Progress& progress);

    std::timed_mutex m_mutex; ///< guards what follows
    bool m_done = false;
    WeightScan m_scan;
};

} // namespace bitloom
