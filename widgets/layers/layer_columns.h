// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QObject>

class QTreeView;

namespace bitloom {

/// How the columns of a layer tree share its width, until a hand sets them: figures as wide as what
/// stands in them, the ones looked at most first, and the rest for the names. What does not fit,
/// the shape before all, is scrolled to.
class LayerColumns : public QObject {
    Q_OBJECT

public:
    /// A child of the view, under the columns of layer_roles.h.
    explicit LayerColumns(QTreeView* view);

    /// Order and widths as at first.
    void showDefaults();
    /// After what stands in the rows, or the room for them, has changed.
    void follow();
    /// The column of inputs is there while some are quantized.
    void setInputsQuantized(bool quantized);
    /// Widths, order, sorting; for QSettings.
    QByteArray save() const;
    bool restore(const QByteArray& state);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    int columns() const;
    void resizeColumn(int column, int width);
    void grow();
    void giveRestToNames();
    /// What the names leave to the figures that are seen without scrolling.
    int widthOfFigures() const;
    /// Of the columns beside the names that have their place in so much room, in their order.
    int widthOfWhole(int room) const;
    void showMenu(const QPoint& position);

    QTreeView* m_view;
    bool m_namesByHand = false;     ///< their width is the user's
    bool m_byHand = false;          ///< so is that of another column
    bool m_resizing = false;        ///< by this, whatever button is down (a dock that is dragged)
    bool m_inputsQuantized = false; ///< of some slot
};

} // namespace bitloom
