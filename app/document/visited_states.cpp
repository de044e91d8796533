// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/visited_states.h"

#include "app/words/words.h"

#include <algorithm>

namespace bitloom {

namespace {

constexpr qsizetype kMostStates = 300;

} // namespace

VisitedStates::VisitedStates(Session& session, Measurements& measurements, Analysis& analysis,
                             QObject* parent)
    : QObject(parent)
    , m_session(session)
    , m_measurements(measurements)
    , m_analysis(analysis)
{
    connect(&session, &Session::aboutToOpen, this, &VisitedStates::clear);
    connect(&measurements, &Measurements::settled, this, &VisitedStates::record);
    connect(&analysis, &Analysis::evaluationChanged, this, &VisitedStates::recordEvaluation);
    connect(&session.undoStack(), &QUndoStack::indexChanged, this,
            [this](int index) { m_atIndex[index] = m_session.recipe(); });
}

void VisitedStates::clear()
{
    m_states.clear();
    m_atIndex.clear();
    m_current = -1;
    Q_EMIT changed();
}

VisitedStates::State* VisitedStates::find(const Recipe& recipe)
{
    const auto found = std::find_if(m_states.begin(), m_states.end(),
                                    [&](const State& state) { return state.recipe == recipe; });
    return found == m_states.end() ? nullptr : &*found;
}

QString VisitedStates::label() const
{
    QString text = m_session.undoStack().undoText();
    if (!text.isEmpty())
        return text;
    // What no step led to came from an earlier session.
    const Recipe& recipe = m_session.recipe();
    return recipe.slots.empty() && recipe.values.empty() ? tr("as stored") : tr("as restored");
}

void VisitedStates::record()
{
    State* state = find(m_session.recipe());
    if (!state) {
        if (m_states.size() >= kMostStates)
            m_states.removeFirst();
        m_states.append({m_nextId++, label(), m_session.recipe(), 0, {}, {}});
        state = &m_states.last();
    }
    state->bytes = m_measurements.size()->now.fileBytes;
    state->predicted = m_measurements.predictedKl();
    m_current = state->id;
    Q_EMIT changed();
}

void VisitedStates::recordEvaluation()
{
    const std::optional<RecipeEvaluation>& evaluation = m_analysis.evaluation();
    if (!evaluation)
        return;
    if (State* state = find(evaluation->recipe))
        state->measured = evaluation->result.divergence().value;
    Q_EMIT changed();
}

void VisitedStates::goTo(int id)
{
    const auto found = std::find_if(m_states.begin(), m_states.end(),
                                    [id](const State& state) { return state.id == id; });
    if (found == m_states.end() || found->recipe == m_session.recipe())
        return;
    const State state = *found;
    QUndoStack& stack = m_session.undoStack();
    for (int index = 0; index <= stack.count(); ++index) {
        if (m_atIndex.contains(index) && m_atIndex[index] == state.recipe) {
            stack.setIndex(index);
            if (m_session.recipe() == state.recipe)
                return;
        }
    }
    m_session.replaceRecipe(state.recipe, tr("Go back to %1").arg(state.label), false);
}

} // namespace bitloom
