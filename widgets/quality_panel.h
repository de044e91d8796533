// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

#include <optional>

class QFormLayout;
class QLabel;
class QPushButton;

namespace bitloom {

/// What was measured of quantized against original. Absent: not known.
struct QualityFigures {
    std::optional<double> originalPerplexity;
    std::optional<double> perplexity;
    std::optional<double> standardError; ///< of the perplexity
    std::optional<double> klMean;        ///< nats per token
    std::optional<double> klStandardError;
    std::optional<double> klP99;
    std::optional<double> topAgreement; ///< 0…1
    QString textName;
    qint64 tokens = 0;     ///< predictions scored
    QString engine;        ///< which engine measured
    bool complete = true;  ///< false: stopped early
    bool outdated = false; ///< the recipe has changed since
};

/// The figures of quality: predicted at once, measured by Judge.
class QualityPanel : public QWidget {
    Q_OBJECT

public:
    explicit QualityPanel(QWidget* parent = nullptr);

    /// KL by the damage model, nats per token; nullopt before the sensitivity was measured.
    void setPredicted(std::optional<double> klMean);
    /// nullopt: nothing measured.
    void setMeasured(const std::optional<QualityFigures>& figures);
    /// `why` is said while disabled.
    void setJudgeEnabled(bool enabled, const QString& why = {});

signals:
    void judgeRequested();

private:
    QLabel* addFigure(QFormLayout* form, const QString& stem, const QString& label);
    void showFigures();
    void showState();

    std::optional<double> m_predictedKl;
    std::optional<QualityFigures> m_measured;
    QLabel* m_perplexity = nullptr;
    QLabel* m_kl = nullptr;
    QLabel* m_klTail = nullptr;
    QLabel* m_agreement = nullptr;
    QLabel* m_predicted = nullptr;
    QLabel* m_source = nullptr;
    QLabel* m_state = nullptr;
    QPushButton* m_judge = nullptr;
};

} // namespace bitloom
