// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/session.h"
#include "core/analyze/statistics/statistics.h"
#include "core/workbench/session/slot_error.h"
#include "core/workbench/settings/fit_settings.h"
#include "core/workbench/settings/prediction.h"

#include <QHash>
#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace bitloom {

/// Sizes of the recipe, and between which bits per weight its target lets it move.
struct RecipeSize {
    Size now;
    double leastBits = 0;
    double mostBits = 0;
    /// The rows whose length forbids the schemes that would make it much smaller; 0: none do.
    int64_t unfitRows = 0;
};

/// What is known of the open model under the recipe: per slot its statistics, sensitivity and
/// error, and of the whole its size and predicted KL. Follows the recipe by itself: what an edit
/// touched is measured again in jobs.
class Measurements : public QObject {
    Q_OBJECT

public:
    explicit Measurements(Session& session, QObject* parent = nullptr);

    using Statistics = std::shared_ptr<const SlotStatistics>;
    using Activation = std::shared_ptr<const ValueStatistics>;

    Statistics statistics(int slot) const { return m_statistics.value(slot); }
    /// Of the values the slot is multiplied with; null: not measured.
    Activation activation(int slot) const { return m_activations.value(slot); }
    std::optional<double> sensitivity(int slot) const;
    /// Of the present choice; zero for weights kept as they are.
    std::optional<SlotError> error(int slot) const;
    std::optional<RecipeSize> size() const { return m_size; }
    /// As quantityOf; nullopt: not known (yet) for the present recipe.
    std::optional<double> predictedKl() const
    {
        return m_prediction ? std::optional(m_prediction->range.value) : std::nullopt;
    }
    /// Of the present recipe, after an edit of much that is not known first `isQuickEstimate`.
    const std::optional<Prediction>& prediction() const { return m_prediction; }
    /// Why the last fit chose what a slot has; nothing once it has anything else, or where the
    /// target, another recipe or other sensitivities make it another question.
    std::optional<FitReason> reason(int slot) const;
    QString sensitivitySource() const { return m_source; }
    bool isSensitivityStale() const { return m_stale; }
    bool hasSensitivity() const { return !m_sensitivities.isEmpty(); }
    /// By the other metric that was asked for last.
    std::optional<double> metricDamage(int slot) const;

    void setStatistics(int slot, const Statistics& statistics);
    void setActivations(const std::vector<ValueStatistics>& values);
    void setSensitivity(int slot, double damage);
    /// What the sensitivities were measured on, and whether that is not the text chosen now.
    void setSource(const QString& source, bool stale);
    void setMetricDamage(int slot, double damage);
    void clearMetricDamages();
    /// Of a fit that the recipe came from just now.
    void setReasons(const std::vector<FitReason>& reasons);
    /// A recipe was evaluated: predictions are surer now.
    void predictAnew() { requestErrors(); }
    /// The same, of a recipe that something in the background learnt about; nothing where it is
    /// not the present one any more.
    void setPrediction(const Recipe& recipe, const Prediction& prediction);
    /// The Fisher factors changed: damages are measured anew.
    void remeasure();

Q_SIGNALS:
    void slotsChanged(const QList<int>& slotIndices);
    void statisticsChanged(int slot);
    void activationsChanged();
    void sourceChanged();
    void sizeChanged();
    void predictedChanged();
    /// Size and predicted KL (where it can be known) now belong to the recipe.
    void settled();

private:
    struct Measured {
        SlotChoice choice;
        SlotError error;
    };
    struct Explained {
        SlotChoice choice;
        FitReason reason;
    };
    struct Request {
        int slot;
        SlotChoice choice;
    };
    void clear();
    void recipeChanged();
    void requestErrors();
    void requestSize();
    QList<Request> missingErrors() const;
    void setError(const Request& request, const SlotError& error);
    /// Until the full one comes.
    void showQuickEstimate(const Prediction& estimate);
    void settle();

    Session& m_session;
    QHash<int, Statistics> m_statistics;
    QHash<int, Activation> m_activations;
    QHash<int, double> m_sensitivities;
    QHash<int, double> m_metricDamages;
    QHash<int, Measured> m_errors;
    std::vector<TransformStep> m_transforms; ///< that the errors are of
    QHash<int, Explained> m_reasons;
    QString m_source;
    bool m_stale = false;
    std::optional<RecipeSize> m_size;
    std::optional<Prediction> m_prediction;
    bool m_sizeIsCurrent = false;
    bool m_errorsAreCurrent = false;
    QTimer m_pause; ///< edits closer together than this are measured once
};

} // namespace bitloom
