// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the workbench.

#include "core/files/store/measurement_store.h"
#include "core/network/model/model.h"
#include "core/workbench/settings/trial.h"

namespace bitloom {

/// Trials of a model that stay between sessions: none is made twice.
class TrialStore {
public:
    TrialStore(const Model& model, const MeasurementStore& store);

    /// Those kept; what cannot be read is left out.
    Trials load() const;
    void keep(const Trials& trials) const;

private:
    const Model& m_model;
    MeasurementEntry m_entry;
};

} // namespace bitloom
