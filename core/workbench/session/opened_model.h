// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/store/content_hash.h"
#include "core/files/store/measurement_store.h"
#include "core/network/engine/engine.h"
#include "core/network/engine/engine_memory.h"
#include "core/quantize/recipe/recipe.h"
#include "core/workbench/session/engine_cache.h"
#include "core/workbench/session/weight_check.h"
#include "core/workbench/settings/run_memory.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

namespace bitloom {

/// A model that was opened, the engines that run it, the look at its weights, and the place where
/// measurements of it are kept: what every service of the workbench stands on. No
/// measurement here depends on anything that changes while it is open. Thread safe: every part has
/// a lock of its own.
class OpenedModel {
public:
    /// `memory`: of the engine that keeps weights packed; null: there is none.
    OpenedModel(std::shared_ptr<const Model> model, EngineFactory engines,
                EngineMemorySource memory);

    const Model& model() const { return *m_model; }
    const std::shared_ptr<const Model>& shared() const { return m_model; }

    /// Reads the whole model once, so that what was measured of it before is known; at once where
    /// that was done and no file has changed. Whatever measures does so first; nothing else needs
    /// it. False: nothing is kept, or stopped.
    bool recognise(Progress& progress) const { return store(progress).keeps(); }
    /// Where measurements of this model are kept, and those kept before are found: the one way to
    /// them. Waits until all of the model was read once. Keeps nothing where the user wants nothing
    /// kept, after a stop, and while somebody writes to the model.
    MeasurementStore store(Progress& progress) const;
    /// The same without reading anything: nothing before the model was recognised.
    std::optional<MeasurementStore> recognised() const;

    /// Error naming the first weight that is not finite; they are looked at once. Everything that
    /// computes with the network asks first.
    void requireFiniteWeights(std::string_view operation, Progress& progress) const;
    /// Error naming what is missing when the model is inspect-only, or its first weight that is not
    /// finite.
    void requireComputable(std::string_view operation, Progress& progress) const;
    /// Whether a slot's weights are not too large for a choice, by weights that were looked at
    /// (requireFiniteWeights).
    std::function<bool(int slot, const SlotChoice& choice)> holding() const;

    /// Engines that are kept.
    EngineCache& engines() const { return m_engines; }
    /// Makes one that is not.
    const EngineFactory& engineFactory() const { return m_factory; }
    /// Error where no engine keeps weights packed.
    std::shared_ptr<const EngineMemory> engineMemory() const;

    Size size(const Recipe& recipe) const { return recipeSize(*m_model, recipe); }
    /// What the network will hold while it runs. Error where no engine keeps weights packed.
    RunMemory memory(const Recipe& recipe, int64_t positions) const;

private:
    const std::shared_ptr<const Model> m_model;
    const EngineFactory m_factory;
    const EngineMemorySource m_memory;
    const MeasurementStore m_userStore = MeasurementStore::ofUser();
    // Each thread safe by itself.
    mutable WeightCheck m_weights;
    mutable EngineCache m_engines;
    mutable ContentHash m_content;
    mutable std::mutex m_mutex; ///< guards what follows
    mutable std::optional<MeasurementStore> m_recognised;
};

/// Error naming what is missing when the model is inspect-only.
void requireRunnable(const Model& model, std::string_view operation);
/// The same, and an Error for a model that reads no whole sentences.
void requireSentences(const Model& model, std::string_view operation);

} // namespace bitloom
