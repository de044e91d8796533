// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/analysis.h"

#include <QList>
#include <QObject>

#include <optional>

namespace bitloom {

/// Every recipe that was looked at, with its size and quality; one can go back to any of them.
class VisitedStates : public QObject {
    Q_OBJECT

public:
    struct State {
        int id = 0;
        QString label;
        Recipe recipe;
        qint64 bytes = 0;
        std::optional<double> predicted;
        std::optional<double> measured;
    };

    VisitedStates(Session& session, Measurements& measurements, Analysis& analysis,
                  QObject* parent = nullptr);

    const QList<State>& states() const { return m_states; }
    /// -1: the present recipe has not settled yet.
    int current() const { return m_current; }
    /// Makes the recipe that of a state: by undo or redo where the stack still leads there, else as
    /// a new edit.
    void goTo(int id);

Q_SIGNALS:
    void changed();

private:
    void clear();
    void record();
    void recordEvaluation();
    State* find(const Recipe& recipe);
    QString label() const;

    Session& m_session;
    Measurements& m_measurements;
    Analysis& m_analysis;
    QList<State> m_states;
    QHash<int, Recipe> m_atIndex; ///< recipe at each index of the undo stack
    int m_current = -1;
    int m_nextId = 1;
};

} // namespace bitloom
