// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QList>
#include <QStringList>

class QLabel;

namespace bitloom {

class CompareTable;

/// Why a layer has what it has.
struct WhyText {
    QString title;            ///< the layer
    QString reason;           ///< in sentences
    QStringList header;       ///< of the steps; empty: there are none to tell
    QList<QStringList> steps; ///< what a step more or less would trade
    QString note;             ///< how these figures are meant; may be empty
};

/// The reason of a choice beside what it is about. It takes the focus, so that the arrow keys walk
/// through its table and Ctrl+C copies it; Esc, or a click elsewhere, closes it.
class WhyPopover : public QFrame {
    Q_OBJECT

public:
    explicit WhyPopover(QWidget* parent);

    void explain(const WhyText& why);
    /// Below a place on the screen, as far as the screen goes.
    void popUp(const QPoint& globalPosition);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    QLabel* m_title = nullptr;
    QLabel* m_reason = nullptr;
    CompareTable* m_steps = nullptr;
    QLabel* m_note = nullptr;
};

} // namespace bitloom
