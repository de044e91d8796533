// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/opened_model.h"

#include "core/base/error.h"
#include "core/quantize/variant/can_hold.h"

#include <string>
#include <utility>

namespace bitloom {

OpenedModel::OpenedModel(std::shared_ptr<const Model> model, EngineFactory engines,
                         EngineMemorySource memory)
    : m_model(std::move(model))
    , m_factory(std::move(engines))
    , m_memory(std::move(memory))
    , m_engines(m_model, m_factory)
    , m_content(m_model->checkpoint, m_userStore.notes())
{
}

MeasurementStore OpenedModel::store(Progress& progress) const
{
    if (!m_userStore.keeps())
        return {};
    const std::optional<std::string> known = m_content.hex(progress);
    if (!known)
        return {};
    MeasurementStore stored = m_userStore.of(*known);
    const std::scoped_lock lock(m_mutex);
    if (!m_recognised)
        m_recognised = stored;
    return stored;
}

std::optional<MeasurementStore> OpenedModel::recognised() const
{
    const std::scoped_lock lock(m_mutex);
    return m_recognised;
}

void OpenedModel::requireFiniteWeights(std::string_view operation, Progress& progress) const
{
    m_weights.require(*m_model, operation, progress);
}

void OpenedModel::requireComputable(std::string_view operation, Progress& progress) const
{
    requireRunnable(*m_model, operation);
    requireFiniteWeights(operation, progress);
}

std::function<bool(int, const SlotChoice&)> OpenedModel::holding() const
{
    return [this](int slot, const SlotChoice& choice) {
        return !m_weights.isLarge(m_model->graph.slot(slot)) ||
               canHold(TransformedModel(*m_model), slot, choice);
    };
}

std::shared_ptr<const EngineMemory> OpenedModel::engineMemory() const
{
    if (!m_memory)
        throw Error("memory", "there is no engine here that keeps weights packed");
    return m_memory();
}

RunMemory OpenedModel::memory(const Recipe& recipe, int64_t positions) const
{
    return runMemory(*m_model, *engineMemory(), recipe, positions);
}

void requireRunnable(const Model& model, std::string_view operation)
{
    if (!model.runnable())
        throw Error(operation, model.missing);
}

void requireSentences(const Model& model, std::string_view operation)
{
    requireRunnable(model, operation);
    if (!model.graph.readsWholeTexts())
        throw Error(std::string(operation),
                    "this is a language model; it predicts tokens and has no sentences");
}

} // namespace bitloom
