// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/offers.h"
#include "app/document/visited_states.h"
#include "core/workbench/prediction/background_measurer.h"

#include <QObject>
#include <QTimer>

#include <memory>
#include <vector>

namespace bitloom {

/// While the window has nothing else to do: finds what each layer loses with every number key, so
/// that the next edit is answered at once, then runs the background measurer
/// (core/workbench/prediction/background_measurer.h). It begins some time after the last job and
/// the last edit, and stops at once for the next. On unless a person switched it off, which is
/// remembered. Esc stops it until something changes.
class BackgroundMeasuring : public QObject {
    Q_OBJECT

public:
    BackgroundMeasuring(Session& session, Measurements& measurements, Analysis& analysis,
                        VisitedStates& visited, QObject* parent = nullptr);

    bool isOn() const { return m_on; }
    void setOn(bool on);
    /// How long all must be quiet before it begins; 2 s unless a test is in a hurry.
    void setPause(int milliseconds) { m_pause.setInterval(milliseconds); }
    /// What was measured so far, beside the predictions.
    const std::vector<TrialPoint>& points() const { return m_points; }
    /// "Measuring blocks.3.down at q4_k", "Preparing the next edits"; empty while it rests.
    QString activity() const { return m_activity; }
    /// What it does, or why it does nothing.
    QString state() const;

Q_SIGNALS:
    void pointsChanged();
    void activityChanged();
    void stateChanged();

private:
    using MeasurerPointer = std::shared_ptr<BackgroundMeasurer>;
    void clear();
    void forgetMeasurer();
    void yield();
    void resumeSoon();
    void begin();
    /// Empty where nothing is in the way of either, or of the measurer.
    QString obstacle() const;
    QString measuringObstacle() const;
    QString textPath() const; ///< empty: there is none
    void finish(bool nothingLeft);
    void showActivity(const QString& what);
    void tell(JobProgress& progress, const QString& what);
    /// Finds what choices cost, which is remembered. False: stopped.
    bool lookAhead(Workbench& workbench, const Recipe& recipe, const Offers::Choices& choices,
                   JobProgress& progress);
    /// The same.
    bool runMeasurer(const std::shared_ptr<Workbench>& workbench, BackgroundMeasurer& measurer,
                     const Recipe& recipe, const std::vector<Recipe>& before,
                     const Analysis::FrontQuestionPointer& front, JobProgress& progress);
    std::vector<Recipe> recipesBefore() const;
    void receive(const Recipe& recipe, const std::optional<Prediction>& prediction,
                 const std::vector<TrialPoint>& points);

    Session& m_session;
    Measurements& m_measurements;
    Analysis& m_analysis;
    VisitedStates& m_visited;
    QTimer m_pause;
    bool m_on = true;
    bool m_stopped = false;  ///< by Esc, until something changes
    bool m_finished = false; ///< nothing left to measure, until something changes
    QString m_problem;       ///< what the last start failed of
    QString m_activity;
    MeasurerPointer m_measurer; ///< used by the job alone; null: to be made
    std::vector<TrialPoint> m_points;
};

} // namespace bitloom
