// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include <array>
#include <functional>
#include <memory>
#include <vector>

namespace bitloom {

class ComparePane;

/// One side of a comparison to be run: what its job needs.
struct CompareRun {
    ApplicationContext& context;
    ComparePane* pane;
    QObject* receiver;
    bool quantized;
    JobInfo job;
    std::function<void(const EngineUse&)> done; ///< in the GUI thread
    /// What both sides make of the prompt itself, original first; the later one compares.
    std::shared_ptr<std::array<std::vector<float>, 2>> own;

    /// The recipe of this side.
    std::optional<Recipe> recipe() const
    {
        return quantized ? std::optional(context.session.recipe()) : std::nullopt;
    }
};

// One for each view of the pane. They start a job that fills the run's side.
void streamText(const CompareRun& run);
void classify(const CompareRun& run);
void findNeighbours(const CompareRun& run);

} // namespace bitloom
