// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QWidget>

class QLabel;
class QToolButton;

namespace bitloom {

/// One choice the strip offers.
struct BitOption {
    QString id; ///< scheme id, handed back; empty = leave as stored
    QString label;
    QString tooltip; ///< why it is disabled, or what it is
    bool enabled = true;
    bool current = false; ///< all selected layers have it now
};

/// A row of buttons (wrapping) with the options of the current selection, after a label such as
/// "12 selected", and below it what else the selection holds.
class BitStrip : public QWidget {
    Q_OBJECT

public:
    explicit BitStrip(QWidget* parent = nullptr);

    void setOptions(const QList<BitOption>& options);
    /// `count` selected layers can be changed; `fixed` more are kept as stored (norms, biases);
    /// `hidden` of all these are not seen in the tree.
    void setSelectedCount(int count, int fixed = 0, int hidden = 0);

signals:
    void schemeChosen(const QString& id);

protected:
    void changeEvent(QEvent* event) override;

private:
    void rebuild();
    void showOption(QToolButton& button, const BitOption& option) const;

    QLabel* m_count = nullptr;
    QLabel* m_rest = nullptr;
    QWidget* m_buttons = nullptr;
    QList<BitOption> m_options;
    QList<QToolButton*> m_shown;
};

} // namespace bitloom
