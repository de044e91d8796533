// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>

namespace bitloom {

/// A list whose entries may be long: it would like room for a usual one and gets by with little;
/// what does not fit gives way to an ellipsis in the middle, and the tool tip says all of it.
class ElidedCombo : public QComboBox {
    Q_OBJECT

public:
    explicit ElidedCombo(QWidget* parent = nullptr);

    /// What is seen of the current entry.
    QString shownText() const;
    /// The tool tip at this moment.
    QString hint() const;

    QSize sizeHint() const override;
    void showPopup() override;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
};

} // namespace bitloom
