// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QWidget>

class QFormLayout;
class QLabel;
class QPushButton;

namespace bitloom {

class TextNotice;

/// A figure of an evaluation: what it is and what is known of it.
struct EvaluationRow {
    QString name;       ///< object name of its text
    QString title;      ///< "Perplexity"
    QString text;       ///< "3.500 → 3.640 ± 0.05"; empty: not known
    QString help;       ///< tool tip
    bool isOld = false; ///< of a recipe before the last change: greyed
};

/// The figures of an evaluation, whichever the open model has: predicted at once, measured by
/// Evaluate.
class EvaluationPanel : public QWidget {
    Q_OBJECT

public:
    explicit EvaluationPanel(QWidget* parent = nullptr);

    void setRows(const QList<EvaluationRow>& rows);
    /// Where the figures come from: "Over evaluation.txt, 999 tokens."; may be empty.
    void setSource(const QString& text);
    /// What the figures are worth: "Measured."
    void setState(const QString& text);
    /// The texts that are measured on, and what is wrong with them.
    TextNotice* texts() const { return m_notice; }
    /// `why` is said while disabled.
    void setEvaluateEnabled(bool enabled, const QString& why = {});

signals:
    void evaluationRequested();

private:
    void rebuild(const QList<EvaluationRow>& rows);
    void showRow(QLabel* text, const EvaluationRow& row);

    QFormLayout* m_form = nullptr;
    QList<QLabel*> m_texts;
    QLabel* m_source = nullptr;
    TextNotice* m_notice = nullptr;
    QLabel* m_state = nullptr;
    QPushButton* m_evaluate = nullptr;
};

} // namespace bitloom
