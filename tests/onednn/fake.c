// Goes by the name of oneDNN and is not what it should be: of a version and for threads that are given, with all
// functions, which fail, or none.
struct version {
  int major, minor, patch;
  const char* hash;
  unsigned cpu_runtime, gpu_runtime;
};

const struct version* dnnl_version(void) {
  static const struct version told = {VERSION_MAJOR, 6, 3, "", RUNTIME, 0};
  return &told;
}

#ifdef ALL_FUNCTIONS
int dnnl_set_max_cpu_isa(void) { return 5; }
int dnnl_engine_create(void) { return 5; }
int dnnl_stream_create(void) { return 5; }
int dnnl_stream_destroy(void) { return 5; }
int dnnl_memory_desc_create_with_strides(void) { return 5; }
int dnnl_memory_desc_create_with_tag(void) { return 5; }
int dnnl_memory_desc_clone(void) { return 5; }
int dnnl_memory_desc_destroy(void) { return 5; }
int dnnl_memory_desc_equal(void) { return 5; }
int dnnl_memory_desc_get_size(void) { return 5; }
int dnnl_memory_create(void) { return 5; }
int dnnl_memory_destroy(void) { return 5; }
int dnnl_memory_set_data_handle(void) { return 5; }
int dnnl_post_ops_create(void) { return 5; }
int dnnl_post_ops_destroy(void) { return 5; }
int dnnl_post_ops_append_sum(void) { return 5; }
int dnnl_post_ops_append_eltwise(void) { return 5; }
int dnnl_primitive_attr_create(void) { return 5; }
int dnnl_primitive_attr_destroy(void) { return 5; }
int dnnl_primitive_attr_set_scratchpad_mode(void) { return 5; }
int dnnl_primitive_attr_set_fpmath_mode(void) { return 5; }
int dnnl_primitive_attr_set_post_ops(void) { return 5; }
int dnnl_primitive_attr_set_scales_mask(void) { return 5; }
int dnnl_primitive_attr_set_zero_points_mask(void) { return 5; }
int dnnl_convolution_forward_primitive_desc_create(void) { return 5; }
int dnnl_deconvolution_forward_primitive_desc_create(void) { return 5; }
int dnnl_convolution_backward_data_primitive_desc_create(void) { return 5; }
int dnnl_convolution_backward_weights_primitive_desc_create(void) { return 5; }
int dnnl_reorder_primitive_desc_create(void) { return 5; }
int dnnl_primitive_desc_query(void) { return 5; }
int dnnl_primitive_desc_query_md(void) { return 5; }
int dnnl_primitive_desc_destroy(void) { return 5; }
int dnnl_primitive_create(void) { return 5; }
int dnnl_primitive_execute(void) { return 5; }
int dnnl_primitive_destroy(void) { return 5; }
#endif
