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

/// A figure of quality: what it is and what is known of it.
struct QualityRow {
    QString name;       ///< object name of its text
    QString title;      ///< "Perplexity"
    QString text;       ///< "3.500 → 3.640 ± 0.05"; empty: not known
    QString help;       ///< tool tip
    bool isOld = false; ///< of a recipe before the last change: greyed
};

/// The figures of quality, whichever the open model has: predicted at once, measured by Judge.
class QualityPanel : public QWidget {
    Q_OBJECT

public:
    explicit QualityPanel(QWidget* parent = nullptr);

    void setRows(const QList<QualityRow>& rows);
    /// Where the figures come from: "Over evaluation.txt, 999 tokens."; may be empty.
    void setSource(const QString& text);
    /// What the figures are worth: "Measured."
    void setState(const QString& text);
    /// The texts that are measured on, and what is wrong with them.
    TextNotice* texts() const { return m_notice; }
    /// `why` is said while disabled.
    void setJudgeEnabled(bool enabled, const QString& why = {});

signals:
    void judgeRequested();

private:
    void rebuild(const QList<QualityRow>& rows);
    void showRow(QLabel* text, const QualityRow& row);

    QFormLayout* m_form = nullptr;
    QList<QLabel*> m_texts;
    QLabel* m_source = nullptr;
    TextNotice* m_notice = nullptr;
    QLabel* m_state = nullptr;
    QPushButton* m_judge = nullptr;
};

} // namespace bitloom
