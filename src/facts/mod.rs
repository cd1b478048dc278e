//! What is known of a name at a point, and on what ground.
