// SPDX-License-Identifier: GPL-3.0-or-later
// What a session makes of its recipe: every edit, and how it is undone.
#include "app/document/session.h"
#include "app/words/words.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/methods/method.h"
#include "core/quantize/transforms/transform.h"

#include <utility>

namespace bitloom {

namespace {

/// Slots whose inputs two recipes quantize differently.
QSet<int> quantizedDifferently(const Graph& graph, const Recipe& a, const Recipe& b)
{
    QSet<int> slotIndices;
    for (int slot = 0; slot < static_cast<int>(graph.slots.size()); ++slot)
        if (const int value = quantizableInput(graph, slot);
            value >= 0 && a.activationScheme(graph, value) != b.activationScheme(graph, value))
            slotIndices.insert(slot);
    return slotIndices;
}

} // namespace

QList<int> Session::together(const QList<int>& slotIndices) const
{
    const std::vector<int> all =
        withFused(*m_model, targetNamed(m_recipe.target), {slotIndices.begin(), slotIndices.end()});
    return {all.begin(), all.end()};
}

void Session::setScheme(const QList<int>& slotIndices, const QString& scheme)
{
    Recipe edited = m_recipe;
    m_jobs.perform("edit", [&] {
        applyEdit(edited, *m_model, {slotIndices.begin(), slotIndices.end()},
                  {{scheme.toStdString()}, {}});
        push(scheme.isEmpty() ? tr("Keep as stored") : tr("Set %1").arg(scheme), editTo(edited));
    });
}

template <class Change>
void Session::changeEach(const QString& title, const QList<int>& slotIndices, Change change,
                         int drag)
{
    ChoiceEdit edit = editTo(m_recipe);
    for (const int slot : slotIndices) {
        if (!m_model->graph.slot(slot).quantizable)
            continue;
        edit.changes.append({slot, choice(slot)});
        change(edit.changes.last().after);
    }
    edit.changedByFit -= slotsOf(edit.changes);
    push(title, edit, drag);
}

void Session::setMethod(const QList<int>& slotIndices, const QString& method)
{
    changeEach(tr("Method %1").arg(method), together(slotIndices), [&](SlotChoice& choice) {
        if (choice.method != method.toStdString())
            choice.parameters.clear();
        choice.method = method.toStdString();
    });
}

void Session::setMethodParameters(const QList<int>& slotIndices, const Method& method,
                                  const std::map<std::string, double>& parameters)
{
    changeEach(tr("Parameters of %1").arg(QString::fromUtf8(method.title())), together(slotIndices),
               [&](SlotChoice& choice) {
                   if (choice.scheme.empty() || choice.method != method.id())
                       return;
                   std::map<std::string, double> all = parameters;
                   all.insert(choice.parameters.begin(), choice.parameters.end());
                   choice.parameters = methodParameters(method, all);
               });
}

void Session::setLocked(const QList<int>& slotIndices, bool locked)
{
    changeEach(locked ? tr("Lock") : tr("Unlock"), together(slotIndices),
               [&](SlotChoice& choice) { choice.fit.locked = locked; });
}

void Session::setClip(const QList<int>& slotIndices, std::optional<double> low,
                      std::optional<double> high, int drag)
{
    changeEach(
        low || high ? tr("Clip") : tr("Remove clipping"), slotIndices,
        [&](SlotChoice& choice) {
            choice.clipLow = low;
            choice.clipHigh = high;
        },
        drag);
}

void Session::setTarget(const QString& target)
{
    Recipe changed = m_recipe;
    changed.target = targetNamed(target.toStdString()).id;
    std::string problem = targetNamed(changed.target).problem(*m_model);
    if (problem.empty())
        problem = recipeProblem(changed, *m_model);
    if (!problem.empty()) {
        Q_EMIT message(Loudness::Error, Words::sentence(problem), {}, {}, "target");
        Q_EMIT targetRefused();
        return;
    }
    Q_EMIT resolved("target");
    push(tr("Target %1").arg(target), editTo(changed));
}

QString Session::activationScheme(int slot) const
{
    const int value = quantizableInput(m_model->graph, slot);
    const ActivationScheme* scheme =
        value < 0 ? nullptr : m_recipe.activationScheme(m_model->graph, value);
    return scheme ? QString::fromUtf8(scheme->id) : QString();
}

void Session::setActivationScheme(const QList<int>& slotIndices, const QString& scheme)
{
    Recipe edited = m_recipe;
    quantizeInputs(edited, *m_model, {slotIndices.begin(), slotIndices.end()},
                   scheme.toStdString());
    push(scheme.isEmpty() ? tr("Leave inputs as floats") : tr("Quantize inputs to %1").arg(scheme),
         editTo(edited));
}

void Session::setCorrection(const QList<int>& slotIndices,
                            const std::optional<CorrectionStep>& step)
{
    Recipe edited = m_recipe;
    correct(edited, *m_model, {slotIndices.begin(), slotIndices.end()}, step);
    push(step ? tr("Correct by %1").arg(QString::fromStdString(correctionTitle(*step)))
              : tr("Remove correction"),
         editTo(edited));
}

std::string Session::storedScheme(int slot) const
{
    const std::string& chosen = choice(slot).scheme;
    if (m_recipe.transforms.empty() || !chosen.empty())
        return chosen;
    if (m_transformed.model != m_model || m_transformed.steps != m_recipe.transforms)
        m_transformed = {m_model, m_recipe.transforms,
                         transformedSlots(m_model->graph, m_recipe.transforms)};
    return schemeUnder(m_transformed.slotIndices, slot, chosen);
}

void Session::setTransforms(const std::vector<TransformStep>& steps)
{
    Recipe edited = m_recipe;
    edited.transforms = steps;
    push(tr("Transforms"), editTo(edited));
}

void Session::replaceRecipe(const Recipe& recipe, const QString& title, bool byFit)
{
    push(title, editTo(recipe, byFit));
}

ChoiceEdit Session::editTo(const Recipe& recipe, bool byFit) const
{
    const QList<ChoiceChange> changes = differences(recipe);
    return {changes, QString::fromStdString(recipe.target), recipe.values, recipe.transforms,
            byFit ? slotsOf(changes) : m_changedByFit - slotsOf(changes)};
}

QList<ChoiceChange> Session::differences(const Recipe& recipe) const
{
    QList<ChoiceChange> changes;
    const std::vector<Slot>& all = m_model->graph.slots;
    for (size_t i = 0; i < all.size(); ++i) {
        const SlotChoice& after = recipe.choice(all[i].name);
        if (after != m_recipe.choice(all[i].name))
            changes.append({static_cast<int>(i), after});
    }
    return changes;
}

void Session::push(const QString& title, const ChoiceEdit& after, int drag)
{
    ChoiceEdit before = editTo(m_recipe);
    for (const ChoiceChange& change : after.changes)
        before.changes.append({change.slot, choice(change.slot)});
    auto command = std::make_unique<ChangeChoice>(title, before, after, drag,
                                                  [this](const ChoiceEdit& edit) { apply(edit); });
    if (!command->isObsolete())
        m_undo.push(command.release());
}

void Session::apply(const ChoiceEdit& edit)
{
    QSet<int> touched = (m_changedByFit - edit.changedByFit) + (edit.changedByFit - m_changedByFit);
    for (const ChoiceChange& change : edit.changes) {
        const std::string& name = m_model->graph.slot(change.slot).name;
        if (change.after == SlotChoice())
            m_recipe.slots.erase(name);
        else
            m_recipe.slots[name] = change.after;
        touched.insert(change.slot);
    }
    m_changedByFit = edit.changedByFit;
    if (edit.values != m_recipe.values) {
        const Recipe before = m_recipe;
        m_recipe.values = edit.values;
        touched += quantizedDifferently(m_model->graph, before, m_recipe);
    }
    if (edit.transforms != m_recipe.transforms) {
        for (const auto& steps : {m_recipe.transforms, edit.transforms})
            for (const int slot : transformedSlots(m_model->graph, steps))
                touched.insert(slot);
        m_recipe.transforms = edit.transforms;
    }
    if (edit.target != QString::fromStdString(m_recipe.target)) {
        m_recipe.target = edit.target.toStdString();
        Q_EMIT targetChanged();
    }
    Q_EMIT choicesChanged(QList<int>(touched.begin(), touched.end()));
    m_autosave.start();
}

} // namespace bitloom
